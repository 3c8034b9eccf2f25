"""The section of the benchmark report that `nlp-cx evaluate` measured: from its results.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.report import Cell, Goal, Section, Table
from nlp_cx.evaluate.figures import FIGURES

Row = Mapping[str, Any]
SHOWN_CLAIMS = ("sentiment, the likeliest", "positive rather than negative")
FIGURE, CHANGE = ".3f", "+.3f"


def read_results(folder: Path) -> Section:
    """Make a section of a results folder of the default suite.

    Parameters
    ----------
    folder : Path
        Written by ``nlp-cx evaluate --split test``.

    Returns
    -------
    Section

    Raises
    ------
    SystemExit
        If it holds no results, or not those of the test splits.
    """
    try:
        found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        raise SystemExit(f"{folder}: no results ({e}). Run nlp-cx evaluate -o {folder}.") from e
    if (found.get("format"), found.get("suite"), found.get("split")) != (1, "default", "test"):
        raise SystemExit(
            f"{folder}: of suite {found.get('suite')!r}, split {found.get('split')!r}. The report "
            "is of the test splits: run nlp-cx evaluate --split test."
        )
    tables, against = found["tables"], found["against"]
    other = against["name"] if against else ""
    beside = f" It is compared with **{against['id']}** on the same texts." if against else ""
    n = found["bootstrap"]["n_samples"]
    return Section(
        "bench",
        f"The bench: {found['model']['id']} on every test set",
        found["command"],
        {"model": found["model"]["id"], **found["versions"]},
        [_goal(row) for row in tables["goals"] if row["target"] is not None],
        [table for table in _tables(tables, other) if table.rows],
        (
            f"Brackets hold 95 % bootstrap intervals, {n:,} resamples of the texts.{beside} One "
            "model for all sets, nothing tuned on a test split. Pair: a driver with its polarity; "
            "macro over the drivers that a set labels 20 times or more. A text that the model does "
            "not score is wrong.",
            *found["notes"],
        ),
    )


def _tables(tables: Mapping[str, Sequence[Row]], other: str) -> list[Table]:
    """Give the tables of the section."""
    return [
        _sets_table(tables["sets"], other),
        _published_table(tables["sets"]),
        _figures_table(tables["figures"], other),
        _drivers_table(tables["drivers"], other),
        _slices_table(tables["slices"], other),
        _calibration_table(tables["calibration"]),
        _reliability_table(tables["reliability"]),
        _confusion_table(tables["confusion"]),
        _challenge_table(tables["challenge"], other),
    ]


def _goal(row: Row) -> Goal:
    """Give a goal as the report has them; its remark goes with its name."""
    what = f"{row['what']} ({row['remark']})" if row["remark"] else row["what"]
    return Goal(what, row["target"], row["measured"], row["is_least"])


def _interval(row: Row, prefix: str = "") -> Cell:
    """Give a figure with its interval; None where it is not known."""
    names = ("value", "low", "high") if not prefix else (prefix, f"{prefix}_low", f"{prefix}_high")
    cells = [row.get(name) for name in names]
    return None if None in cells else cells


def _compared(other: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the columns of another model, and their formats."""
    return ((other, "Difference"), (FIGURE, CHANGE)) if other else ((), ())


def _pair(row: Row, other: str) -> list[Cell]:
    """Give a figure, and that of another model with the difference."""
    return [_interval(row), *([row.get("against"), _interval(row, "difference")] if other else [])]


def _sets_table(rows: Sequence[Row], other: str) -> Table:
    """Give one line per set."""
    columns, formats = _compared(other)
    lines: list[list[Cell]] = []
    for row in rows:
        baselines = row["baselines"]
        best = max(baselines, key=lambda name: baselines[name], default="")
        lines.append(
            [
                *(row["set"], row["langs"], row["task"], FIGURES[row["metric"]].title, row["n"]),
                *_pair(row, other),
                row["goal"],
                f"{best} {baselines[best]:.3f}" if best else None,
            ]
        )
    head = ("Set", "Languages", "Task", "Metric", "Texts", "Ours", *columns)
    return Table(
        "Test sets",
        (*head, "Goal", "Best own baseline"),
        lines,
        ("", "", "", "", ",", FIGURE, *formats, FIGURE, ""),
        tuple(f"{row['set']}: {row['note']}." for row in rows if row["note"]),
    )


def _published_table(rows: Sequence[Row]) -> Table:
    """Give what others published, beside ours."""
    lines: list[list[Cell]] = [
        [
            row["set"],
            row["value"],
            other["system"],
            other["value"],
            "yes" if other["is_comparable"] else "no",
            "; ".join(
                filter(
                    None,
                    (
                        other["source"],
                        other["note"],
                        "" if other["is_checked"] else "quoted, not checked",
                    ),
                )
            ),
        ]
        for row in rows
        for other in row["published"]
    ]
    return Table(
        "Published results",
        ("Set", "Ours", "System", "Theirs", "Comparable", "Source"),
        lines,
        ("", FIGURE, "", FIGURE, "", ""),
        ("Comparable: the same task, test texts and metric.",),
    )


def _figures_table(rows: Sequence[Row], other: str) -> Table:
    """Give every figure of the gold set, per language."""
    columns, formats = _compared(other)
    lines: list[list[Cell]] = [
        [row["lang"], row["n"], FIGURES[row["figure"]].title, *_pair(row, other)]
        for row in rows
        if row["set"] == "gold"
    ]
    return Table(
        "Gold test set, per language",
        ("Language", "Texts", "Figure", "Ours", *columns),
        lines,
        ("", ",", "", FIGURE, *formats),
    )


def _drivers_table(rows: Sequence[Row], other: str) -> Table:
    """Give every driver of the gold set, per language."""
    columns, formats = _compared(other)
    titles = {"pair_f1": "pair F1", "mention_f1": "mention F1"}
    lines: list[list[Cell]] = [
        [row["lang"], row["driver"], titles[row["figure"]], row["n_labelled"], *_pair(row, other)]
        for row in rows
        if row["set"] == "gold"
    ]
    return Table(
        "Gold test set, per driver",
        ("Language", "Driver", "Figure", "Labelled", "Ours", *columns),
        lines,
        ("", "", "", ",", FIGURE, *formats),
    )


def _slices_table(rows: Sequence[Row], other: str) -> Table:
    """Give the slices over all languages."""
    columns, formats = _compared(other)
    lines: list[list[Cell]] = [
        [row["set"], row["slice"], row["n"], FIGURES[row["figure"]].title, *_pair(row, other)]
        for row in rows
        if row["lang"] == "all"
    ]
    return Table(
        "Slices",
        ("Texts of", "Slice", "Texts", "Figure", "Ours", *columns),
        lines,
        ("", "", ",", "", FIGURE, *formats),
        ("What a slice holds: nlp_cx.evaluate.bench.SLICE_MEANINGS.",),
    )


def _calibration_table(rows: Sequence[Row]) -> Table:
    """Give the calibration of sentiment, and of mentions on gold."""
    lines: list[list[Cell]] = [
        [row[name] for name in ("set", "lang", "claim", "n", "mean_p", "share", "ece")]
        for row in rows
        if row["claim"] in SHOWN_CLAIMS or row["set"] == "gold"
    ]
    return Table(
        "Calibration per set and language",
        ("Set", "Language", "Claim", "Claims", "Mean probability", "Share true", "ECE"),
        lines,
        ("", "", "", ",", FIGURE, FIGURE, FIGURE),
        ("ECE: 15 bins of equally many claims; none for fewer than 100 claims.",),
    )


def _reliability_table(rows: Sequence[Row]) -> Table:
    """Give the bins of sentiment, on gold and over all sets."""
    lines: list[list[Cell]] = [
        [row[name] for name in ("set", "lang", "n", "p_low", "p_high", "p_mean", "share")]
        for row in rows
        if row["claim"] in SHOWN_CLAIMS and row["set"] in ("gold", "all sets")
    ]
    return Table(
        "Reliability of sentiment",
        ("Set", "Language", "Claims", "From", "To", "Mean probability", "Share true"),
        lines,
        ("", "", ",", FIGURE, FIGURE, FIGURE, FIGURE),
    )


def _confusion_table(rows: Sequence[Row]) -> Table:
    """Give what is taken for what on gold: sentiment and drivers."""
    found = [row for row in rows if row["set"] == "gold"]
    names = ("negative", "neutral", "positive", "mixed", "not_mentioned", "none", "not scored")
    lines: dict[tuple[str, str, str], dict[str, int]] = {}
    for row in found:
        key = (row["lang"], row["output"], row["label"])
        lines.setdefault(key, {})[row["predicted"]] = row["n"]
    return Table(
        "Confusion on the gold test set",
        ("Language", "Output", "Label", *(f"found {name}" for name in names)),
        [[*key, *(cells.get(name) for name in names)] for key, cells in lines.items()],
        ("", "", "", *[","] * len(names)),
    )


def _challenge_table(rows: Sequence[Row], other: str) -> Table:
    """Give the pass rates."""
    lines: list[list[Cell]] = [
        [
            *(row["lang"], row["phenomenon"], row["n"], [row["rate"], row["low"], row["high"]]),
            *([row["against"], row["difference"]] if other else []),
            *(row["n_pairs"], row["pair_rate"]),
        ]
        for row in rows
    ]
    columns, formats = _compared(other)
    return Table(
        "Challenge: pass rates",
        ("Language", "Phenomenon", "Items", "Passed", *columns, "Pairs", "Pairs passed"),
        lines,
        ("", "", ",", FIGURE, *formats, ",", FIGURE),
        ("A pair passes when all of its members do. Wilson intervals.",),
    )
