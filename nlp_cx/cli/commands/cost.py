"""The options of ``nlp-cx cost``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from nlp_cx.cli.commands.options import Confidence, Customer, Debug, RandomState, Weights
from nlp_cx.cli.failures import plain_failures


class Swing(StrEnum):
    """How far the tornado moves a parameter."""

    points = "points"
    interval = "interval"
    limits = "limits"


def cost(
    ox: Annotated[
        str | None,
        typer.Argument(
            metavar="[OX]",
            help="A table to estimate parameters from: .parquet .csv .jsonl .xlsx. Not needed for "
            "typed-in numbers.",
        ),
    ] = None,
    *,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Write the tables here too."),
    ] = None,
    parameters: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="A TOML file with the parameters below (revenue = …), [n] and [scenarios.NAME].",
        ),
    ] = None,
    revenue: Annotated[
        float | None, typer.Option(metavar="X", help="Of a period, all customers, any currency.")
    ] = None,
    negative_share: Annotated[
        float | None, typer.Option(metavar="SHARE", help="With a negative experience, 0 to 1.")
    ] = None,
    complaint_share: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Of these, who complain.")
    ] = None,
    complaining_lost: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Of complainers; the three sum to 1.")
    ] = None,
    complaining_at_risk: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Of complainers.")
    ] = None,
    complaining_kept: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Of complainers.")
    ] = None,
    silent_lost: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Of the others; the three sum to 1.")
    ] = None,
    silent_at_risk: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Of the others.")
    ] = None,
    silent_kept: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Of the others.")
    ] = None,
    observed_negative_share: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="As a classifier says, in place of --negative-share; needs --sensitivity and "
            "--specificity.",
        ),
    ] = None,
    sensitivity: Annotated[
        str | None,
        typer.Option(
            metavar="HITS/CASES",
            help="Of truly negative labelled texts, how many the classifier calls so: 160/200.",
        ),
    ] = None,
    specificity: Annotated[
        str | None,
        typer.Option(metavar="HITS/CASES", help="Of the others, how many it does not: 570/600."),
    ] = None,
    n: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=CASES",
            help="Cases behind a typed-in share (negative_share, complaint_share, complaining, "
            "silent, …), for intervals (may be repeated).",
        ),
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME: PARAMETER=SHARE, …",
            help="What if parameters were other (may be repeated).",
        ),
    ] = None,
    negative: Annotated[
        str | None,
        typer.Option(metavar="CONDITION", help="OX: who was unhappy: COL, or r_stars<=2."),
    ] = None,
    complained: Annotated[
        str | None, typer.Option(metavar="CONDITION", help="OX: who complained, e.g. o_tickets.")
    ] = None,
    retained: Annotated[
        str | None, typer.Option(metavar="CONDITION", help="OX: who is still a customer.")
    ] = None,
    at_risk: Annotated[
        str | None,
        typer.Option(metavar="CONDITION", help="OX: who of these may leave, e.g. r_nps<=6."),
    ] = None,
    revenue_column: Annotated[
        str | None,
        typer.Option(metavar="COL", help="OX: revenue of a row; shares are then of revenue."),
    ] = None,
    weights: Weights = None,
    customer: Customer = None,
    min_n: Annotated[int, typer.Option(min=1, help="OX: a share of fewer rows is unknown.")] = 30,
    swing: Annotated[Swing, typer.Option(help="How far the tornado moves each share.")] = (
        Swing.points
    ),
    confidence: Confidence = 0.95,
    random_state: RandomState = 0,
    debug: Debug = False,
) -> None:
    """Compute the revenue lost and at risk with negative experience, and what moves it."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.cost import CostRequest, run_cost

        typed = {
            "revenue": revenue,
            "negative_share": negative_share,
            "complaint_share": complaint_share,
            "complaining_lost": complaining_lost,
            "complaining_at_risk": complaining_at_risk,
            "complaining_kept": complaining_kept,
            "silent_lost": silent_lost,
            "silent_at_risk": silent_at_risk,
            "silent_kept": silent_kept,
            "observed_negative_share": observed_negative_share,
        }
        run_cost(
            CostRequest(
                typed={name: value for name, value in typed.items() if value is not None},
                n=tuple(n or ()),
                scenarios=tuple(scenario or ()),
                parameters=parameters,
                ox=ox,
                negative=negative,
                complained=complained,
                retained=retained,
                at_risk=at_risk,
                revenue_column=revenue_column,
                weights=weights,
                customer=customer,
                sensitivity=sensitivity,
                specificity=specificity,
                output=output,
                swing=swing.value,
                confidence=confidence,
                min_n=min_n,
                random_state=random_state,
            )
        )
