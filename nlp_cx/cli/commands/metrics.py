"""The options of ``nlp-cx metrics``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from nlp_cx.cli.commands.options import Confidence, Customer, Debug, RandomState, TimeZone, Weights
from nlp_cx.cli.failures import plain_failures


class CesDirection(StrEnum):
    """What was asked about effort."""

    effort_low_is_good = "effort_low_is_good"
    ease_high_is_good = "ease_high_is_good"


class PeriodLength(StrEnum):
    """Length of the periods that times are cut into."""

    day = "day"
    week = "week"
    month = "month"
    quarter = "quarter"
    year = "year"


class Against(StrEnum):
    """What every group is compared with."""

    each_other = "each_other"
    rest = "rest"


class RetentionFormula(StrEnum):
    """The two formulas that are called retention rate."""

    new_excluded = "new_excluded"
    end_over_start = "end_over_start"


class FirstMargin(StrEnum):
    """When the first margin of a customer comes."""

    at_first_renewal = "at_first_renewal"
    now = "now"


def metrics(
    table: Annotated[
        str | None,
        typer.Argument(
            metavar="TABLE",
            help="A table, e.g. from nlp-cx join: .parquet .csv .tsv .jsonl .xlsx. Not needed for "
            "typed-in numbers.",
        ),
    ] = None,
    *,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Write the tables here too."),
    ] = None,
    nps: Annotated[
        str | None, typer.Option(metavar="COL", help="Answers from 0 to 10 on recommending.")
    ] = None,
    nps_scale: Annotated[
        str | None,
        typer.Option(metavar="LOW-HIGH", help="0-10 or 1-10, where the answers cannot tell."),
    ] = None,
    csat: Annotated[
        list[str] | None,
        typer.Option(metavar="COL", help="Satisfaction, needs --scale (may be repeated)."),
    ] = None,
    scale: Annotated[
        str | None, typer.Option(metavar="LOW-HIGH", help="Scale of --csat, e.g. 1-5.")
    ] = None,
    top_boxes: Annotated[
        int, typer.Option(min=1, help="Highest points of --csat that count as satisfied.")
    ] = 2,
    top_minus_bottom: Annotated[
        str | None,
        typer.Option(metavar="COL", help="Share of the highest point minus lowest, needs --scale."),
    ] = None,
    mean: Annotated[
        list[str] | None,
        typer.Option(metavar="COL", help="Mean of any number (may be repeated)."),
    ] = None,
    ces: Annotated[
        str | None,
        typer.Option(metavar="COL", help="Effort, needs --ces-scale and --ces-direction."),
    ] = None,
    ces_scale: Annotated[
        str | None, typer.Option(metavar="LOW-HIGH", help="Scale of --ces, e.g. 1-7.")
    ] = None,
    ces_direction: Annotated[
        CesDirection | None,
        typer.Option(help="How much effort (low is good), or made easy (high is good)?"),
    ] = None,
    churn: Annotated[
        str | None,
        typer.Option(metavar="COL[=VALUE]", help="Who left: yes and no, or the value for left."),
    ] = None,
    tenure: Annotated[
        str | None,
        typer.Option(
            metavar="COL", help="How long a customer was watched: retention curve, needs --at."
        ),
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIMES", help="For --tenure, in its unit: 12,24.")
    ] = None,
    recommended: Annotated[
        str | None, typer.Option(metavar="COL[=VALUE]", help="Who said that they recommend.")
    ] = None,
    referred: Annotated[
        str | None, typer.Option(metavar="COL[=VALUE]", help="Who brought somebody.")
    ] = None,
    orders: Annotated[
        str | None,
        typer.Option(metavar="COL", help="Orders of a customer: repurchase rate."),
    ] = None,
    text: Annotated[
        bool, typer.Option("--text", help="Metrics estimated from text (x_loyalty, x_sentiment).")
    ] = False,
    spend: Annotated[
        str | None,
        typer.Option(
            metavar="COL",
            help="TABLE holds orders, this is their value: lifetime value by BG/NBD and "
            "Gamma-Gamma. Needs --customer, --date, --horizon.",
        ),
    ] = None,
    date: Annotated[
        str | None, typer.Option(metavar="COL", help="Time of the order, for --spend.")
    ] = None,
    horizon: Annotated[
        float | None, typer.Option(metavar="WEEKS", help="How far to look, for --spend.")
    ] = None,
    discount: Annotated[
        float, typer.Option(min=0.0, help="Per week, for --spend, e.g. 0.0018 for 10 % a year.")
    ] = 0.0,
    holdout_from: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Check --spend: fit up to this day, compare after it."),
    ] = None,
    group: Annotated[
        str | None, typer.Option(metavar="COL", help="Estimate and compare by group.")
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(metavar="COL", help="Estimate by period and compare with the one before."),
    ] = None,
    every: Annotated[
        PeriodLength | None,
        typer.Option(help="Length of periods, where --period holds times; month if not given."),
    ] = None,
    date_format: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", help="Of --period and --date: %d.%m.%Y; ISO otherwise."),
    ] = None,
    time_zone: TimeZone = None,
    against: Annotated[
        Against, typer.Option(help="Compare groups with each other, or each with the rest.")
    ] = Against.each_other,
    customer: Customer = None,
    weights: Weights = None,
    confidence: Confidence = 0.95,
    interval: Annotated[
        str | None,
        typer.Option(
            metavar="METHOD",
            help="wilson, adjusted_wald, wald, t or bootstrap, where it suits the metric.",
        ),
    ] = None,
    min_n: Annotated[
        int, typer.Option(min=1, help="Cells with fewer answers are not estimated.")
    ] = 10,
    nps_counts: Annotated[
        str | None,
        typer.Option(metavar="P/N/D", help="Typed in: promoters/passives/detractors."),
    ] = None,
    nps_before: Annotated[
        str | None, typer.Option(metavar="P/N/D", help="Typed in: those of the wave before.")
    ] = None,
    retention: Annotated[
        str | None,
        typer.Option(metavar="START/END/NEW", help="Typed in: numbers of customers."),
    ] = None,
    retention_formula: Annotated[
        RetentionFormula, typer.Option(help="(end - new) / start, or end / start.")
    ] = RetentionFormula.new_excluded,
    simple_clv: Annotated[
        str | None,
        typer.Option(metavar="VALUE/A_YEAR/YEARS", help="Typed in: order value, orders, years."),
    ] = None,
    retention_clv: Annotated[
        str | None,
        typer.Option(metavar="MARGIN/RETENTION/DISCOUNT", help="Typed in: 100/0.8/0.1."),
    ] = None,
    first_margin: Annotated[
        FirstMargin, typer.Option(help="Of --retention-clv: after a period, or at once.")
    ] = FirstMargin.at_first_renewal,
    random_state: RandomState = 0,
    debug: Debug = False,
) -> None:
    """Estimate NPS, CSAT, CES, churn, loyalty and lifetime value, with intervals and tests."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.metrics import run_metrics
        from nlp_cx.cli.metrics_request import MetricsRequest

        typed = {
            "--nps-counts": nps_counts,
            "--nps-before": nps_before,
            "--retention": retention,
            "--simple-clv": simple_clv,
            "--retention-clv": retention_clv,
        }
        run_metrics(
            MetricsRequest(
                table=table,
                output=output,
                nps=nps,
                nps_scale=nps_scale,
                csat=tuple(csat or ()),
                scale=scale,
                top_boxes=top_boxes,
                top_minus_bottom=top_minus_bottom,
                means=tuple(mean or ()),
                ces=ces,
                ces_scale=ces_scale,
                ces_direction=None if ces_direction is None else ces_direction.value,
                churn=churn,
                tenure=tenure,
                at=at,
                recommended=recommended,
                referred=referred,
                orders=orders,
                is_text=text,
                date=date,
                spend=spend,
                horizon=horizon,
                discount=discount,
                holdout_from=holdout_from,
                group=group,
                period=period,
                every=None if every is None else every.value,
                date_format=date_format,
                time_zone=time_zone,
                against=against.value,
                customer=customer,
                weights=weights,
                confidence=confidence,
                interval=interval,
                min_n=min_n,
                random_state=random_state,
                retention_formula=retention_formula.value,
                first_margin=first_margin.value,
                typed={name: given for name, given in typed.items() if given is not None},
            )
        )
