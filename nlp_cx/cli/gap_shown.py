"""Experience against expectation on a terminal."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich.console import Console
from rich.text import Text

from nlp_cx.analyze.satisfaction.coverage import SILENCE
from nlp_cx.analyze.satisfaction.servqual import UNWEIGHTED, WEIGHTED
from nlp_cx.analyze.satisfaction.seven_steps import RULES, Step7
from nlp_cx.cli.console import clean
from nlp_cx.cli.gap_sheet import StepTexts
from nlp_cx.cli.print_columns import print_columns

Row = Any

_WORDS = {
    "any": "any sign of an expectation",
    "better": "better than expected",
    "as_expected": "as expected",
    "worse": "worse than expected",
    "word_of_mouth": "word of mouth",
    "promotion": "promotion",
    "values_background": "own values and background",
    "context_life_stage": "context and life stage",
    "experience_here": "earlier experience here",
    "experience_elsewhere": "earlier experience elsewhere",
}


def show_gaps(
    console: Console, gaps: pd.DataFrame, confidence: float, *, group: str | None = None
) -> None:
    """Print satisfaction = experience - expectation.

    Parameters
    ----------
    console : rich.console.Console
    gaps : DataFrame
        From `satisfaction_gap`.
    confidence : float
    group : str, optional
        What the groups are.
    """
    interval = f"{100 * confidence:g} % interval"
    header = ("", "driver", "experience", "expectation", "satisfaction", interval, "n", "")
    rows = [
        (
            _name(row["group"]) if group is not None else "",
            _name(row["driver"]),
            _number(row["experience"]),
            _number(row["expectation"]),
            _number(row["estimate"], signed=True),
            _range(row["low"], row["high"]),
            f"{row['n']:,}",
            _name(row["reason"]),
        )
        for _, row in gaps.iterrows()
    ]
    title = "Satisfaction = experience - expectation" + (f", by {group}" if group else "")
    print_columns(console, title, header, rows, left=(0, 1, 7))
    if group is None:
        sources = list(dict.fromkeys([*gaps["experience_from"], *gaps["expectation_from"]]))
        _dim(console, f"from: {'; '.join(sources)}. n: rows with both, and with text where scored.")
        _dim(console, str(gaps.attrs["note"]))
    console.print()


def show_steps(
    console: Console, steps: pd.DataFrame, texts: StepTexts, *, outcome: str | None
) -> None:
    """Print the sheet of the seven steps, and what leads by each rule.

    Parameters
    ----------
    console : rich.console.Console
    steps : DataFrame
        From `seven_steps`.
    texts : StepTexts
    outcome : str or None
        What the derived importance is of.
    """
    if texts.brand_value:
        console.print(Text(f"Step 1, brand value: {clean(texts.brand_value)}"))
    header: tuple[str, ...] = (
        "driver",
        "2a experience",
        "2b expectation",
        "2c satisfaction",
        "2d importance",
        "derived",
        "3 weighted",
        "4a ideal",
        "4b gap",
        "rank by 3",
        "rank by 4b",
        "assumed",
    )
    columns = (
        "experience",
        "expectation",
        "satisfaction",
        "importance",
        "importance_derived",
        "weighted_satisfaction",
        "ideal",
        "ideal_gap",
    )
    rows: list[tuple[str, ...]] = []
    for _, row in steps.iterrows():
        ranks = (_rank(row), _count(row["rank_ideal_gap"]))
        assumed = _name(row["assumed"]) if "assumed" in steps else ""
        rows.append((_name(row["driver"]), *(_cell(row[c]) for c in columns), *ranks, assumed))
    if steps["importance_derived"].isna().all():
        header, rows = _drop(header, rows, 5)
    print_columns(console, "The seven steps, 2 to 4", header, rows, left=(0, len(header) - 1))
    if any("?" in cell for row in rows for cell in row):
        _dim(
            console, "?: not known, and not filled in. A rank in brackets: what it could still be."
        )
    if outcome is not None:
        _dim(console, f"derived: share of what the drivers explain of {outcome}, association only.")
    for column, rule in RULES.items():
        known = steps[steps[column].notna()]
        lowest = known[known[column] == known[column].min()] if len(known) else known
        names = ", ".join(_name(name) for name in lowest["driver"])
        n = f" (of {len(known)} with a number)" if len(known) < len(steps) else ""
        console.print(Text(f"  first by {rule}: {names or 'not known'}{n}"))
    for number, words in ((5, texts.requirement), (6, texts.constraints)):
        if words:
            name = "requirement" if number == 5 else "constraints"
            console.print(Text(f"Step {number}, {name}: {clean(words)}"))
    console.print()


def show_plan(console: Console, plan: pd.DataFrame) -> None:
    """Print the plan under the budget.

    Parameters
    ----------
    console : rich.console.Console
    plan : DataFrame
        From `plan_actions`; ``attrs["worth"]`` says what an action is worth.
    """
    rows = [
        (
            "x" if row["is_chosen"] else "",
            _name(row["action"]),
            _name(row["driver"]),
            _number(row["cost"]),
            _number(row["change"], signed=True),
            _number(row["value"]),
            _name(row["reason"]),
        )
        for _, row in plan.iterrows()
    ]
    spent, budget = plan.attrs["total_cost"], plan.attrs["budget"]
    title = f"Plan: {spent:,.4g} of {budget:,.4g} spent, worth {plan.attrs['total_value']:,.4g}"
    header = ("", "action", "driver", "cost", "change", "worth", "")
    print_columns(console, title, header, rows, left=(0, 1, 2, 6))
    _dim(console, f"worth: {plan.attrs['worth']}. {plan.attrs['note']}")
    console.print()


def show_feedback(console: Console, step: Step7) -> None:
    """Print step 7.

    Parameters
    ----------
    console : rich.console.Console
    step : Step7
    """
    rows = [
        (_number(row["level"]), _cell(row["result"]), _cell(row["gain"]))
        for _, row in step.table.iterrows()
    ]
    header = ("level", "result", "gain per unit")
    print_columns(console, "Step 7, feedback", header, rows, left=())
    words = {
        True: "no unit added less than the first",
        False: "some units added less than the first",
    }
    verdict = "not known of every unit" if step.never_below_first is None else ""
    console.print(Text(f"  {verdict or words[bool(step.never_below_first)]}"))
    console.print()


def show_servqual(console: Console, gaps: pd.DataFrame) -> None:
    """Print SERVQUAL gaps.

    Parameters
    ----------
    console : rich.console.Console
    gaps : DataFrame
        From `servqual_gaps`.
    """
    rows = [
        (
            _name(row["dimension"]),
            "" if row["dimension"] in (UNWEIGHTED, WEIGHTED) else _cell(row["perception"]),
            "" if row["dimension"] in (UNWEIGHTED, WEIGHTED) else _cell(row["expectation"]),
            "?" if pd.isna(row["gap"]) else f"{row['gap']:+.3f}".rstrip("0").rstrip("."),
            "" if pd.isna(row["weight"]) else f"{100 * row['weight']:g} %",
        )
        for _, row in gaps.iterrows()
    ]
    header = ("dimension", "perception", "expectation", "gap", "weight")
    print_columns(console, "SERVQUAL", header, rows)
    _dim(console, str(gaps.attrs["note"]))
    console.print()


def show_perception(console: Console, table: pd.DataFrame, confidence: float) -> None:
    """Print perception from texts.

    Parameters
    ----------
    console : rich.console.Console
    table : DataFrame
        From `text_perception`.
    confidence : float
    """
    interval = f"{100 * confidence:g} % interval"
    rows = [
        (
            row["dimension"],
            _number(row["estimate"], signed=True),
            _range(row["low"], row["high"]),
            _number(row["rating"]) if "rating" in table else "",
            _share(row["salience"]),
            f"{row['n']:,}",
            _name(row["reason"]),
        )
        for _, row in table.iterrows()
    ]
    header = ("dimension", "score", interval, "rating", "mentioned", "n", "")
    print_columns(console, "Perception from text, SERVPERF-style", header, rows, left=(0, 6))
    _dim(console, str(table.attrs["note"]))
    console.print()


def show_expectations(
    console: Console, coverage: pd.DataFrame, by_driver: pd.DataFrame | None, confidence: float
) -> None:
    """Print how many texts say anything of an expectation, and of which driver.

    Parameters
    ----------
    console : rich.console.Console
    coverage : DataFrame
        From `expectation_coverage`.
    by_driver : DataFrame or None
        From `disconfirmation_by_driver`.
    confidence : float
    """
    interval = f"{100 * confidence:g} % interval"
    has_groups = "group" in coverage
    header: tuple[str, ...] = ("", "", "texts", "share", interval)
    rows: list[tuple[str, ...]] = [
        (
            _name(row["group"]) if has_groups else "",
            ("  " if row["kind"] != "any" else "") + _WORDS[row["sign"]],
            f"{row['n_signs']:,} of {row['n']:,}",
            _share(row["estimate"]),
            "" if pd.isna(row["low"]) else f"{_share(row['low'])} to {_share(row['high'])}",
        )
        for _, row in coverage.iterrows()
        if not has_groups or row["kind"] != "determinant"
    ]
    print_columns(console, "Expectations that texts state", header, rows, left=(0, 1))
    _dim(console, f"Found by words and rules; more is said in other words. {SILENCE}")
    console.print()
    if by_driver is None:
        return
    rows = [
        (
            row["driver"],
            f"{row['n_worse']:,}",
            f"{row['n_as_expected']:,}",
            f"{row['n_better']:,}",
            _share(row["worse"]),
            ""
            if pd.isna(row["worse_low"])
            else f"{_share(row['worse_low'])} to {_share(row['worse_high'])}",
            _name(row["reason"]),
        )
        for _, row in by_driver.iterrows()
    ]
    header = ("driver", "worse", "as expected", "better", "share worse", interval, "")
    print_columns(console, "Texts that compare, by driver", header, rows, left=(0, 6))
    _dim(console, str(by_driver.attrs["note"]))
    console.print()


def _drop(
    header: tuple[str, ...], rows: list[tuple[str, ...]], k: int
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Leave a column out."""
    return header[:k] + header[k + 1 :], [row[:k] + row[k + 1 :] for row in rows]


def _rank(row: Row) -> str:
    """Write the rank by step 3, and what it could be where numbers are missing."""
    best, worst = row["rank_best"], row["rank_worst"]
    known = _count(row["rank_weighted_satisfaction"])
    if best == worst or pd.isna(best):
        return known
    return f"{known} ({best} to {worst})"


def _count(value: Any) -> str:
    """Write a whole number; ? where it is not known."""
    return "?" if pd.isna(value) else f"{value}"


def _cell(value: Any) -> str:
    """Write a number of a sheet; ? where it is not known."""
    return "?" if pd.isna(value) else _number(value)


def _number(value: Any, *, signed: bool = False) -> str:
    """Write a number with few digits; nothing where it is not known."""
    if pd.isna(value):
        return ""
    text = f"{value:+,.2f}" if signed else f"{value:,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _range(low: Any, high: Any) -> str:
    """Write an interval; nothing where there is none."""
    return "" if pd.isna(low) else f"{low:+,.2f} to {high:+,.2f}"


def _share(value: Any) -> str:
    """Write a share in percent."""
    return "" if pd.isna(value) else f"{100 * value:.1f} %"


def _name(value: Any) -> str:
    """Write a word; nothing where it is missing."""
    return "" if pd.isna(value) else str(value)


def _dim(console: Console, words: str) -> None:
    """Print a remark."""
    console.print(Text(f"  {clean(words)}", "dim"))
