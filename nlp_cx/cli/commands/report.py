"""The options of ``nlp-cx report``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from nlp_cx.cli.commands.options import Debug, MaskPii, Model, Quiet, Text, TimeZone
from nlp_cx.cli.failures import plain_failures


class LanguageOption(StrEnum):
    """The language of a report."""

    en = "en"
    zh = "zh"
    both = "both"


def report(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="STUDY.toml|FILE…",
            help="A study file (nlp-cx init writes one), or files: texts first, then ratings and "
            "operations. What files hold is then guessed, and said.",
        ),
    ],
    *,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The report: .html.")
    ],
    xlsx: Annotated[
        str | None, typer.Option(metavar="FILE", help="All tables as a workbook too.")
    ] = None,
    markdown: Annotated[
        str | None, typer.Option(metavar="FILE", help="The report as Markdown too.")
    ] = None,
    parquet_folder: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="All tables as parquet too.")
    ] = None,
    language: Annotated[
        LanguageOption | None, typer.Option(help="Of the report; as most texts when not given.")
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option(metavar="COL", help="Files: what to explain, e.g. stars."),
    ] = None,
    group: Annotated[
        str | None, typer.Option(metavar="COL", help="Files: whose values are compared.")
    ] = None,
    text: Text = None,
    time: Annotated[
        str | None, typer.Option(metavar="COL", help="Files: time of a text; found if not given.")
    ] = None,
    time_zone: TimeZone = None,
    title: Annotated[str | None, typer.Option(help="Of the report.")] = None,
    model: Model = "",
    mask_pii: MaskPii = False,
    work: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Where stages leave their results, to be resumed; REPORT.study beside the report "
            "when not given.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Run every stage again.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Make a report of reviews, chats, ratings and operations, from files to a page."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.report import ReportRequest, run_report
        from nlp_cx.study.run import Outputs

        run_report(
            ReportRequest(
                inputs=tuple(inputs),
                outputs=Outputs(
                    html=output,
                    xlsx=xlsx,
                    markdown=markdown,
                    parquet_folder=parquet_folder,
                    work=work,
                ),
                language=None if language is None else language.value,
                outcome=outcome,
                group=group,
                text=text,
                time=time,
                time_zone=time_zone,
                title=title,
                model=model or None,
                mask_pii=mask_pii,
                is_forced=force,
                is_quiet=quiet,
            )
        )
