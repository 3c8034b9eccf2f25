"""The options of ``nlp-cx score``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from nlp_cx.cli.commands.options import Debug, Encoding, Id, MaskPii, Model, Quiet, Text
from nlp_cx.cli.failures import plain_failures


class OnBadRow(StrEnum):
    """What to do with a row that cannot be read."""

    quarantine = "quarantine"
    fail = "fail"


class Columns(StrEnum):
    """How much of the scored table to write."""

    lean = "lean"
    full = "full"


def score(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help="Files (.csv .tsv .jsonl .parquet .xlsx, plain chat transcripts .txt; also with "
            ".gz), folders, or - for JSON lines on standard input.",
        ),
    ],
    *,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The scored table: .csv .tsv .jsonl (also .gz) .parquet .xlsx, or - for JSON "
            "lines on standard output.",
        ),
    ],
    text: Text = None,
    id: Id = None,
    interaction: Annotated[
        str | None,
        typer.Option(metavar="COL", help="Column of the order, stay or conversation."),
    ] = None,
    model: Model = "fast",
    evidence: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write the clauses behind the labels here too."),
    ] = None,
    conversations: Annotated[
        str | None, typer.Option(metavar="FILE", help="Chats: write one row per conversation here.")
    ] = None,
    columns: Annotated[
        Columns,
        typer.Option(help="full: the input's columns and all probabilities; lean: labels only."),
    ] = Columns.full,
    customer: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Chats: this speaker is a customer (may be repeated)."),
    ] = None,
    agent: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Chats: this speaker is an agent (may be repeated)."),
    ] = None,
    mask_pii: MaskPii = False,
    encoding: Encoding = None,
    on_bad_row: Annotated[
        OnBadRow,
        typer.Option(help="Set bad rows aside in OUTPUT.rejected.jsonl, or stop at the first."),
    ] = OnBadRow.quarantine,
    excel_safe: Annotated[
        bool,
        typer.Option("--excel-safe", help="csv, tsv: put ' before cells that would be formulas."),
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Threads; one per processor when not given.")
    ] = None,
    chunk_rows: Annotated[
        int, typer.Option(min=1, help="Rows held at a time by each thread.")
    ] = 16_384,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Score reviews or chats and write one row per input row."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.score import ScoreRequest, run_score

        run_score(
            ScoreRequest(
                inputs=tuple(inputs),
                output=output,
                text=text,
                id=id,
                interaction=interaction,
                model=model,
                evidence=evidence,
                conversations=conversations,
                columns=columns.value,
                customers=tuple(customer or ()),
                agents=tuple(agent or ()),
                mask_pii=mask_pii,
                encoding=encoding,
                on_bad_row=on_bad_row.value,
                excel_safe=excel_safe,
                workers=workers,
                chunk_rows=chunk_rows,
                is_quiet=quiet,
            )
        )
