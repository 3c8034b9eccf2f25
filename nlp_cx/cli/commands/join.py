"""The options of ``nlp-cx join``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from nlp_cx.cli.commands.options import Debug, NoSummary
from nlp_cx.cli.failures import plain_failures


class Duplicates(StrEnum):
    """What to do with documents that stand in the scored table twice."""

    keep = "keep"
    drop = "drop"
    refuse = "refuse"


def join(
    scored: Annotated[
        str,
        typer.Argument(metavar="SCORED", help="The table that nlp-cx score wrote."),
    ],
    *,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The O+X table: .parquet (keeps column roles) .csv .tsv .jsonl .xlsx, or - for "
            "JSON lines on standard output.",
        ),
    ],
    tables: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="[NAME=]FILE",
            help="A table of ratings or operations: .parquet .csv .tsv .jsonl .xlsx (may be "
            "repeated). Its name is that of the file when not given. Without any, texts are "
            "summarised, with what --carry takes along.",
        ),
    ] = None,
    on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[TABLE:]KEY[=COL],…",
            help="A key: a column of the scored table, or of a table joined before, and the one "
            "it equals. Every table takes the first --on whose columns it has; TABLE: names "
            "the table. Commas make a composite key.",
        ),
    ] = None,
    spec: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A TOML file with all of this; options go on top."),
    ] = None,
    grain: Annotated[
        str | None,
        typer.Option(
            metavar="COL,…", help="One row for each; interaction_id when not given, or customer_id."
        ),
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(
            metavar="day|week|month|quarter|year",
            help="One row for each of these too, in --time-zone.",
        ),
    ] = None,
    time_zone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Of times without an offset, e.g. Asia/Shanghai."),
    ] = None,
    time: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[TABLE:]COL",
            help="Column with the time of a document (created_at when not given), or of a row of a "
            "table: outcomes older than the feedback are then found.",
        ),
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option(
            metavar="scored|TABLE|all",
            help="Whose units are rows: those with feedback, those of a table (silent customers "
            "too), or all.",
        ),
    ] = None,
    carry: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=COL[:HOW]",
            help="Carry a column of the scored table, e.g. r_stars=stars or r_stars=stars:mean.",
        ),
    ] = None,
    take: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TABLE:NAME=COL[:HOW]",
            help="Take only these columns of a table, e.g. lines:o_amount=amount:sum. HOW: mean "
            "sum min max first last count n_distinct any all.",
        ),
    ] = None,
    lookup: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TABLE:KEY[=COL]:COL,…",
            help="Fetch columns for the grain, e.g. orders:interaction_id=order_id:store.",
        ),
    ] = None,
    as_of: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TABLE:DIRECTION:WINDOW[:TOLERANCE]",
            help="Match by time beside the key: forward, backward, nearest or last_feedback, "
            "within e.g. 30d, 12h.",
        ),
    ] = None,
    cardinality: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TABLE=1:1|m:1|1:m|m:n", help="Units to rows as it must be; found otherwise."
        ),
    ] = None,
    family: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TABLE=r|o",
            help="Ratings (r_, outcomes) or operations (o_); told from the table's name otherwise.",
        ),
    ] = None,
    look_ahead: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[TABLE=]refuse|drop|trim|allow",
            help="Outcomes older than the feedback: stop, leave them out, leave the younger "
            "feedback out, or keep them.",
        ),
    ] = None,
    duplicates: Annotated[
        Duplicates | None, typer.Option(help="Documents that stand in the scored table twice.")
    ] = None,
    allow_many: Annotated[
        bool,
        typer.Option("--allow-many", help="Let a unit become several rows; w_fan_out weighs them."),
    ] = False,
    normalize_keys: Annotated[
        bool,
        typer.Option(
            "--normalize-keys",
            help="Compare keys without spaces, case, width and leading zeros; dates by the day.",
        ),
    ] = False,
    role: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COL=ROLE",
            help="outcome, driver, control, group, weight, time or customer; kept in parquet.",
        ),
    ] = None,
    coverage: Annotated[
        list[str] | None,
        typer.Option(metavar="COL,…", help="Count by these who gave text and who did not."),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="response|poststratify:COL,…",
            help="Add weights, so that those who gave text speak for those who did not.",
        ),
    ] = None,
    summary: Annotated[
        str | None, typer.Option(metavar="FILE.json", help="Write the summary as JSON too.")
    ] = None,
    memory_limit: Annotated[
        str, typer.Option(metavar="SIZE", help="What is held before it is spilled to the disk.")
    ] = "1200MB",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Threads; one per processor when not given.")
    ] = None,
    quiet: NoSummary = False,
    debug: Debug = False,
) -> None:
    """Join scored texts with ratings and operations: one row per unit, every row accounted for."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.join import JoinRequest, run_join
        from nlp_cx.cli.join_options import JoinOptions

        run_join(
            JoinRequest(
                scored=scored,
                tables=tuple(tables or ()),
                output=output,
                options=JoinOptions(
                    spec=spec,
                    on=tuple(on or ()),
                    grain=grain,
                    period=period,
                    time_zone=time_zone,
                    time=tuple(time or ()),
                    keep=keep,
                    carry=tuple(carry or ()),
                    take=tuple(take or ()),
                    lookup=tuple(lookup or ()),
                    as_of=tuple(as_of or ()),
                    cardinality=tuple(cardinality or ()),
                    family=tuple(family or ()),
                    look_ahead=tuple(look_ahead or ()),
                    duplicates=None if duplicates is None else duplicates.value,
                    role=tuple(role or ()),
                    coverage=tuple(coverage or ()),
                    weights=weights,
                    allow_many=allow_many,
                    normalize_keys=normalize_keys,
                ),
                summary=summary,
                memory_limit=memory_limit,
                workers=workers,
                is_quiet=quiet,
            )
        )
