"""The options of ``nlp-cx alert``."""

from __future__ import annotations

from typing import Annotated

import typer

from nlp_cx.cli.commands.options import Debug, NoSummary
from nlp_cx.cli.failures import plain_failures


def alert(
    rules: Annotated[str, typer.Argument(metavar="RULES", help="A TOML file of rules.")],
    ox: Annotated[
        str, typer.Argument(metavar="OX", help="The O+X table: .parquet .csv .jsonl .xlsx.")
    ],
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The cases, as JSON lines: .jsonl, or - for standard output. May be left out "
            "with --backtest.",
        ),
    ] = None,
    evidence: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The clauses that nlp-cx score --evidence wrote."),
    ] = None,
    documents: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The scored table, where clauses and records have no column in common.",
        ),
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="What alerts remember from run to run (.json); made where it is not there yet.",
        ),
    ] = None,
    now: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Look at what was known then, e.g. 2024-06-30 (its beginning); the latest time "
            "in the table when not given.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Leave earlier records alone, and judge all windows since then instead of the "
            "last one.",
        ),
    ] = None,
    backtest: Annotated[
        bool,
        typer.Option(
            "--backtest",
            help="Print how often the rules would have fired, and how often by chance.",
        ),
    ] = False,
    runs: Annotated[
        int, typer.Option(min=0, help="Backtest: histories without change to try.")
    ] = 200,
    quiet: NoSummary = False,
    debug: Debug = False,
) -> None:
    """Open a case for records and segments that rules ask for."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.alert import AlertRequest, run_alert

        run_alert(
            AlertRequest(
                rules=rules,
                ox=ox,
                output=output,
                evidence=evidence,
                documents=documents,
                state=state,
                now=now,
                since=since,
                is_backtest=backtest,
                n_runs=runs,
                is_quiet=quiet,
            )
        )
