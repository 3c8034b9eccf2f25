"""Compare experience with expectation: from a table, typed-in numbers, and texts."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.console import Console

from nlp_cx.analyze.drivers.importance import relative_importance
from nlp_cx.analyze.satisfaction.coverage import expectation_coverage
from nlp_cx.analyze.satisfaction.disconfirmation import disconfirmation_by_driver, link_drivers
from nlp_cx.analyze.satisfaction.expectations import find_expectations
from nlp_cx.analyze.satisfaction.gap import satisfaction_gap
from nlp_cx.analyze.satisfaction.plan import plan_actions
from nlp_cx.analyze.satisfaction.servqual import servqual_gaps
from nlp_cx.analyze.satisfaction.seven_steps import feedback_step, seven_steps
from nlp_cx.analyze.satisfaction.text_perception import text_perception
from nlp_cx.cli.console import open_console, say
from nlp_cx.cli.gap_sheet import DriverEntry, GapSheet, list_actions, typed_steps
from nlp_cx.cli.gap_shown import (
    show_expectations,
    show_feedback,
    show_gaps,
    show_perception,
    show_plan,
    show_servqual,
    show_steps,
)
from nlp_cx.cli.role_columns import RoleColumns
from nlp_cx.cli.table_files import read_table, write_tables
from nlp_cx.config import load_config
from nlp_cx.errors import ConfigError
from nlp_cx.taxonomy import load_taxonomy

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class GapRequest:
    """What the command was asked for.

    Attributes
    ----------
    ox : str or None
        A table.
    sheet : str or None
        A TOML file of `GapSheet`.
    experience, expectation : str or None
        Patterns of columns, ``{}`` for the driver; in place of a sheet, or for drivers it names no
        column of.
    scale : str or None
        ``1-10``; replaces that of the sheet.
    linear : bool
        Scores of the text stand for ratings on a straight line.
    text : str or None
        Column of texts to search for expectations.
    evidence : str or None
        Evidence table of these texts.
    text_servqual : bool
        The table's texts were scored for SERVQUAL.
    outcome : str or None
        For the derived importance.
    group, weights, customer : str or None
    output : str or None
        Folder.
    confidence : float
    min_n, n_bootstrap, random_state : int
    """

    ox: str | None = None
    sheet: str | None = None
    experience: str | None = None
    expectation: str | None = None
    scale: str | None = None
    linear: bool = False
    text: str | None = None
    evidence: str | None = None
    text_servqual: bool = False
    outcome: str | None = None
    group: str | None = None
    weights: str | None = None
    customer: str | None = None
    output: str | None = None
    confidence: float = 0.95
    min_n: int = 10
    n_bootstrap: int = 1000
    random_state: int = 0


def run_gap(request: GapRequest) -> None:
    """Compare, print, and write where a folder was given.

    Parameters
    ----------
    request : GapRequest

    Raises
    ------
    ConfigError
        If there is nothing to compare, or options do not go together.
    SchemaError, AnalysisError
        If the table cannot answer.
    """
    if not 0 < request.confidence < 1:
        raise ConfigError(f"--confidence {request.confidence:g}, expected between 0 and 1: 0.95")
    sheet = _read_sheet(request)
    ox = _read_ox(request)
    if ox is not None:
        request = _apply_roles(request, ox)
    console = open_console(sys.stdout)
    tables: Tables = {}
    if sheet.drivers:
        tables |= _compare_drivers(request, sheet, ox, console)
    if sheet.servqual:
        entries = [{"dimension": k, **dataclasses.asdict(v)} for k, v in sheet.servqual.items()]
        tables["servqual"] = servqual_gaps(pd.DataFrame(entries))
        show_servqual(console, tables["servqual"])
    if request.text_servqual and ox is not None:
        tables["servperf_text"] = text_perception(
            ox,
            mapping=sheet.score_mapping,
            cluster=request.customer,
            confidence=request.confidence,
            min_n=request.min_n,
        )
        show_perception(console, tables["servperf_text"], request.confidence)
    if request.text is not None and ox is not None:
        tables |= _read_texts(request, ox, console)
    if not tables:
        raise ConfigError(
            "nothing to compare: give --sheet FILE with [drivers.NAME] or [servqual.NAME], or a "
            "table with --expectation 'r_expected_{}', --text COL or --text-servqual"
        )
    if request.output is not None:
        for path in write_tables(request.output, tables):
            say(f"written {path}")


def _read_sheet(request: GapRequest) -> GapSheet:
    """Read the file, and let options add to it."""
    sheet = GapSheet() if request.sheet is None else load_config(request.sheet, GapSheet)
    changes: dict[str, object] = {}
    if request.scale is not None:
        low, _, high = request.scale.partition("-")
        try:
            changes["scale"] = (float(low), float(high))
        except ValueError as e:
            raise ConfigError(f"--scale {request.scale!r}, expected LOW-HIGH: 1-10") from e
    scale = changes.get("scale", sheet.scale)
    if request.linear:
        if sheet.mapping:
            raise ConfigError("--linear and mapping of the sheet: give one of them")
        changes["mapping"] = ((-1.0, scale[0]), (1.0, scale[1]))  # type: ignore[index]
    drivers = dict(sheet.drivers)
    for name, pattern in (("experience", request.experience), ("expectation", request.expectation)):
        if pattern is None:
            continue
        if "{}" not in pattern:
            raise ConfigError(f"--{name} {pattern!r}: put {{}} for the driver: 'r_{name}_{{}}'")
        for driver in drivers or dict.fromkeys(load_taxonomy().ids, DriverEntry()):
            entry = drivers.get(driver, DriverEntry())
            if getattr(entry, name) is None:
                raw = {**dataclasses.asdict(entry), name: pattern.format(driver)}
                drivers[driver] = DriverEntry(**raw)
    return dataclasses.replace(sheet, drivers=drivers, **changes)  # type: ignore[arg-type]


def _read_ox(request: GapRequest) -> pd.DataFrame | None:
    """Read the table; refuse options that need one where there is none."""
    if request.ox is not None:
        notes: list[str] = []
        ox = read_table(request.ox, notes=notes)
        for note in notes:
            say(note, label="note: ")
        return ox
    needing = ("experience", "expectation", "text", "outcome", "group", "weights", "customer")
    given = [f"--{name}" for name in needing if getattr(request, name) is not None]
    given += ["--text-servqual"] if request.text_servqual else []
    if given:
        raise ConfigError(f"{', '.join(given)}: name a table first")
    return None


def _apply_roles(request: GapRequest, ox: pd.DataFrame) -> GapRequest:
    """Take weights and customers from the table's roles where not given."""
    columns = RoleColumns(ox)
    filled = dataclasses.replace(
        request,
        weights=columns.take("weight", request.weights, option="weights"),
        customer=columns.take("customer", request.customer),
    )
    for note in columns.notes:
        say(note, label="note: ")
    return filled


def _compare_drivers(
    request: GapRequest, sheet: GapSheet, ox: pd.DataFrame | None, console: Console
) -> Tables:
    """Work out gaps and the seven steps."""
    steps = typed_steps(sheet)
    tables: Tables = {}
    if sheet.has_columns:
        if ox is None:
            raise ConfigError("the sheet names columns: give the table that holds them")
        tables["satisfaction_gap"] = gaps = _find_gaps(request, sheet, ox, None)
        steps = _fill_steps(steps, gaps)
        show_gaps(console, gaps, request.confidence)
        if request.group is not None:
            by_group = _find_gaps(request, sheet, ox, request.group)
            tables["satisfaction_gap_by_group"] = by_group
            show_gaps(console, by_group, request.confidence, group=request.group)
    if request.outcome is not None and ox is not None:
        tables["importance"] = derived = _derive_importance(request, list(sheet.drivers), ox)
        found = derived.set_index("driver")["share"].reindex(steps["driver"])
        steps["importance_derived"] = _fill(steps["importance_derived"], found)
    steps = steps.dropna(axis="columns", how="all")
    tables["seven_steps"] = sheet_steps = seven_steps(
        steps, importance_scale=sheet.importance_scale, scale=sheet.scale
    )
    show_steps(console, sheet_steps, sheet.steps, outcome=request.outcome)
    if sheet.actions or sheet.budget is not None:
        tables["plan"] = plan = _plan(sheet)
        show_plan(console, plan)
    if sheet.feedback is not None:
        step = feedback_step(list(sheet.feedback.levels), list(sheet.feedback.results))
        tables["feedback"] = step.table
        show_feedback(console, step)
    return tables


def _plan(sheet: GapSheet) -> pd.DataFrame:
    """Plan under the budget, by importance where that of all drivers with actions is known."""
    actions = list_actions(sheet)
    if strange := sorted(set(actions["driver"]) - set(sheet.drivers)):
        raise ConfigError(
            f"actions for {', '.join(strange)}: no [drivers.{strange[0]}] in the sheet"
        )
    stated = {
        name: entry.importance
        for name, entry in sheet.drivers.items()
        if entry.importance is not None
    }
    is_weighed = set(actions["driver"]) <= set(stated)
    plan = plan_actions(
        actions, float(sheet.budget or 0), importance=stated if is_weighed else None
    )
    plan.attrs["worth"] = (
        "importance x change" if is_weighed else "change, not weighed by importance"
    )
    return plan


def _find_gaps(
    request: GapRequest, sheet: GapSheet, ox: pd.DataFrame, group: str | None
) -> pd.DataFrame:
    """Work out the gaps of the drivers whose experience is known."""
    known = {k: v for k, v in sheet.drivers.items() if v.experience is not None}
    return satisfaction_gap(
        ox,
        {k: v.experience for k, v in known.items() if v.experience is not None},
        {k: v.expectation for k, v in known.items() if v.expectation is not None},
        scale=sheet.scale,
        mapping=sheet.score_mapping,
        group=group,
        weights=request.weights,
        cluster=request.customer,
        confidence=request.confidence,
        min_n=request.min_n,
    )


def _fill_steps(steps: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    """Put what the table says into the sheet."""
    by_driver = gaps.set_index("driver").reindex(steps["driver"])
    filled = steps.copy()
    for column in ("experience", "expectation"):
        filled[column] = _fill(filled[column], by_driver[column])
    filled["satisfaction_low"] = by_driver["low"].to_numpy()
    filled["satisfaction_high"] = by_driver["high"].to_numpy()
    return filled


def _fill(typed: pd.Series, found: pd.Series) -> npt.NDArray[np.float64]:
    """Take what was typed in, and elsewhere what was found, row by row."""
    typed_in = typed.to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isnan(typed_in), found.to_numpy(np.float64, na_value=np.nan), typed_in)


def _derive_importance(request: GapRequest, drivers: list[str], ox: pd.DataFrame) -> pd.DataFrame:
    """Divide the outcome among the drivers."""
    return relative_importance(
        ox,
        str(request.outcome),
        drivers=drivers,
        weights=request.weights,
        cluster=request.customer,
        confidence=request.confidence,
        n_bootstrap=request.n_bootstrap,
        random_state=request.random_state,
    )


def _read_texts(request: GapRequest, ox: pd.DataFrame, console: Console) -> Tables:
    """Find what the texts say of expectations."""
    text = str(request.text)
    found = find_expectations(ox, text=text)
    tables = {
        "expectations": found,
        "expectation_coverage": expectation_coverage(
            found, ox, text=text, group=request.group, confidence=request.confidence
        ),
    }
    by_driver = None
    if request.evidence is not None:
        if "doc_id" not in ox:
            raise ConfigError("--evidence: the table has no doc_id to find its clauses by")
        linked = link_drivers(found, read_table(request.evidence))
        by_driver = disconfirmation_by_driver(
            linked, confidence=request.confidence, min_n=request.min_n
        )
        tables["expectations"] = linked
        tables["disconfirmation"] = by_driver
    show_expectations(console, tables["expectation_coverage"], by_driver, request.confidence)
    return tables
