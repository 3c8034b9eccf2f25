"""The options of ``nlp-cx analyze``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from nlp_cx.cli.commands.options import (
    Confidence,
    Customer,
    Debug,
    NoSummary,
    RandomState,
    TimeZone,
    Weights,
)
from nlp_cx.cli.failures import plain_failures


class FamilyOption(StrEnum):
    """The model that importance divides."""

    linear = "linear"
    ordinal = "ordinal"
    logit = "logit"


def analyze(
    ox: Annotated[
        str,
        typer.Argument(
            metavar="OX", help="An O+X table: what nlp-cx join wrote (.parquet keeps column roles)."
        ),
    ],
    *,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FOLDER", help="Tables as .parquet and .csv.")
    ],
    outcome: Annotated[
        str | None,
        typer.Option(
            metavar="COL", help="What to explain, e.g. r_stars; by its role if not given."
        ),
    ] = None,
    family: Annotated[
        FamilyOption | None,
        typer.Option(
            help="Model whose fit is divided; logit for two values, linear otherwise, if not given."
        ),
    ] = None,
    lower_is_better: Annotated[
        bool, typer.Option("--lower-is-better", help="The outcome is effort, waiting or churn.")
    ] = False,
    driver: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only these drivers (repeatable).")
    ] = None,
    control: Annotated[
        list[str] | None, typer.Option(metavar="COL", help="Held equal (may be repeated).")
    ] = None,
    group: Annotated[
        str | None, typer.Option(metavar="COL", help="Compare and analyse its values one by one.")
    ] = None,
    period: Annotated[
        str | None, typer.Option(metavar="COL", help="Times, for trends and Kano drift.")
    ] = None,
    time_zone: TimeZone = None,
    weights: Weights = None,
    customer: Customer = None,
    confidence: Confidence = 0.95,
    bootstrap: Annotated[int, typer.Option(min=1, help="Bootstrap samples.")] = 1000,
    random_state: RandomState = 0,
    quiet: NoSummary = False,
    debug: Debug = False,
) -> None:
    """Show which drivers an outcome goes with, how, for whom and since when."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.analyze import AnalyzeRequest, run_analyze

        run_analyze(
            AnalyzeRequest(
                table=ox,
                outcome=outcome,
                output=output,
                family=None if family is None else family.value,
                higher_is_better=not lower_is_better,
                drivers=tuple(driver or ()),
                controls=tuple(control or ()),
                group=group,
                period=period,
                time_zone=time_zone,
                weights=weights,
                customer=customer,
                confidence=confidence,
                n_bootstrap=bootstrap,
                random_state=random_state,
                is_quiet=quiet,
            )
        )
