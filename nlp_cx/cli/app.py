"""The command ``nlp-cx``: options and their help. What a command does is imported when it runs."""

from __future__ import annotations

import io
import sys
from enum import StrEnum
from typing import Annotated

import typer

from nlp_cx import __version__
from nlp_cx.cli.failures import plain_failures, unwind_on_signals

app = typer.Typer(
    name="nlp-cx",
    help="Score customer reviews and support chats in Chinese and English: sentiment, six "
    "experience drivers, and the words that show it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class OnBadRow(StrEnum):
    """What to do with a row that cannot be read."""

    quarantine = "quarantine"
    fail = "fail"


class Columns(StrEnum):
    """How much of the scored table to write."""

    lean = "lean"
    full = "full"


Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Model = Annotated[
    str, typer.Option(metavar="NAME|FOLDER", help="A shipped model (nlp-cx models) or a folder.")
]


def main() -> None:
    """Run the command line of this process."""
    unwind_on_signals()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A summary in Chinese must not fail where standard output is not Unicode.
        sys.stdout.reconfigure(errors="backslashreplace")
    app()


def _print_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        typer.echo(f"nlp-cx {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    """Hold the options that stand before a command."""


@app.command()
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
    text: Annotated[
        str | None, typer.Option(metavar="COL", help="Column of the text; found when not given.")
    ] = None,
    id: Annotated[
        str | None, typer.Option(metavar="COL", help="Column for doc_id; row numbers otherwise.")
    ] = None,
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
    mask_pii: Annotated[
        bool,
        typer.Option(
            "--mask-pii",
            help="Mask personal data in all text columns but the keys, and in bad rows.",
        ),
    ] = False,
    encoding: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Encoding of the inputs, e.g. gb18030; else detected."),
    ] = None,
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
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress bar and no summary.")
    ] = False,
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


@app.command()
def explain(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="One review or customer turn.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    model: Model = "fast",
    debug: Debug = False,
) -> None:
    """Show clauses, words, sentiment and drivers of one text, and why."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.explain import run_explain

        run_explain(text, model=model, as_json=as_json)


@app.command()
def models(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    debug: Debug = False,
) -> None:
    """List the shipped models: size, data, quality, licences."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.models import run_models

        run_models(as_json=as_json)


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


@app.command()
def metrics(
    table: Annotated[
        str | None,
        typer.Argument(
            metavar="[TABLE]",
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
    time_zone: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose midnight counts: Asia/Shanghai.")
    ] = None,
    against: Annotated[
        Against, typer.Option(help="Compare groups with each other, or each with the rest.")
    ] = Against.each_other,
    customer: Annotated[
        str | None,
        typer.Option(metavar="COL", help="Customer, whose answers go together."),
    ] = None,
    weights: Annotated[str | None, typer.Option(metavar="COL", help="Weights of the rows.")] = None,
    confidence: Annotated[float, typer.Option(help="Of the intervals.")] = 0.95,
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
    random_state: Annotated[int, typer.Option(help="Of bootstrap intervals.")] = 0,
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


@app.command()
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
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No summary.")] = False,
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


class Swing(StrEnum):
    """How far the tornado moves a parameter."""

    points = "points"
    interval = "interval"
    limits = "limits"


@app.command()
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
    weight: Annotated[str | None, typer.Option(metavar="COL", help="OX: weights of rows.")] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="COL", help="OX: rows of one customer.")
    ] = None,
    min_n: Annotated[int, typer.Option(min=1, help="OX: a share of fewer rows is unknown.")] = 30,
    swing: Annotated[Swing, typer.Option(help="How far the tornado moves each share.")] = (
        Swing.points
    ),
    confidence: Annotated[float, typer.Option(help="Of intervals, between 0 and 1.")] = 0.95,
    random_state: Annotated[int, typer.Option(help="Seed of the Monte-Carlo draws.")] = 0,
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
                weight=weight,
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


class Duplicates(StrEnum):
    """What to do with documents that stand in the scored table twice."""

    keep = "keep"
    drop = "drop"
    refuse = "refuse"


@app.command()
def join(
    scored: Annotated[
        str,
        typer.Argument(metavar="SCORED", help="The table that nlp-cx score wrote."),
    ],
    *,
    tables: Annotated[
        list[str],
        typer.Option(
            "--with",
            metavar="[NAME=]FILE",
            help="A table of ratings or operations: .parquet .csv .tsv .jsonl .xlsx (may be "
            "repeated). Its name is that of the file when not given.",
        ),
    ],
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
            help="One row for each of these too, in --timezone.",
        ),
    ] = None,
    timezone: Annotated[
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
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No summary.")] = False,
    debug: Debug = False,
) -> None:
    """Join scored texts with ratings and operations: one row per unit, every row accounted for."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.join import JoinRequest, run_join
        from nlp_cx.cli.join_options import JoinOptions

        run_join(
            JoinRequest(
                scored=scored,
                tables=tuple(tables),
                output=output,
                options=JoinOptions(
                    spec=spec,
                    on=tuple(on or ()),
                    grain=grain,
                    period=period,
                    timezone=timezone,
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


class FamilyOption(StrEnum):
    """The model that importance divides."""

    linear = "linear"
    ordinal = "ordinal"
    logit = "logit"


@app.command()
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
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Whose midnight counts, e.g. Asia/Shanghai.")
    ] = None,
    weights: Annotated[str | None, typer.Option(metavar="COL", help="Sampling weights.")] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="COL", help="Rows of one customer are one observation.")
    ] = None,
    confidence: Annotated[float, typer.Option(help="Of the intervals.")] = 0.95,
    bootstrap: Annotated[int, typer.Option(min=1, help="Bootstrap samples.")] = 1000,
    random_state: Annotated[int, typer.Option(help="Of the bootstrap.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No summary.")] = False,
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
                time_zone=timezone,
                weights=weights,
                customer=customer,
                confidence=confidence,
                n_bootstrap=bootstrap,
                random_state=random_state,
                is_quiet=quiet,
            )
        )
