"""The sheet of ``nlp-cx gap``: a TOML file with numbers, or with columns of a table."""

from __future__ import annotations

from dataclasses import field

import pandas as pd

from nlp_cx.analyze.satisfaction.score_mapping import ScoreMapping
from nlp_cx.config import config
from nlp_cx.errors import ConfigError


@config
class DriverEntry:
    """What is known of one driver.

    Parameters
    ----------
    experience, expectation : float or str or None
        A number on the scale, or a column of the table.
    importance, importance_derived, ideal : float or None
    assumed : str
        Which of these are assumptions.
    """

    experience: float | str | None = None
    expectation: float | str | None = None
    importance: float | None = None
    importance_derived: float | None = None
    ideal: float | None = None
    assumed: str = ""


@config
class ActionEntry:
    """One action of the plan.

    Parameters
    ----------
    action, driver : str
    cost, change : float
        The change of the driver's experience, rating points.
    one_of : str
        At most one of the actions with the same word is chosen.
    """

    action: str
    driver: str
    cost: float
    change: float
    one_of: str = ""


@config
class StepTexts:
    """Steps that are words.

    Parameters
    ----------
    brand_value, requirement, constraints : str
        Steps 1, 5 and 6.
    """

    brand_value: str = ""
    requirement: str = ""
    constraints: str = ""


@config
class Feedback:
    """Results at rising levels, step 7.

    Parameters
    ----------
    levels, results : tuple of float
    """

    levels: tuple[float, ...]
    results: tuple[float, ...]


@config
class DimensionEntry:
    """One SERVQUAL dimension.

    Parameters
    ----------
    perception, expectation, weight : float or None
        Weights are points of 100.
    """

    perception: float | None = None
    expectation: float | None = None
    weight: float | None = None


@config
class GapSheet:
    """Everything that the file may hold.

    Parameters
    ----------
    scale : (float, float)
        Lowest and highest rating.
    importance_scale : (float, float) or None
    mapping : tuple of (float, float)
        Scores of the text and the ratings they stand for.
    drivers : dict of str to DriverEntry
    actions : tuple of ActionEntry
    budget : float or None
    steps : StepTexts
    feedback : Feedback or None
    servqual : dict of str to DimensionEntry
    """

    scale: tuple[float, float] = (1.0, 10.0)
    importance_scale: tuple[float, float] | None = None
    mapping: tuple[tuple[float, float], ...] = ()
    drivers: dict[str, DriverEntry] = field(default_factory=dict)
    actions: tuple[ActionEntry, ...] = ()
    budget: float | None = None
    steps: StepTexts = field(default_factory=StepTexts)
    feedback: Feedback | None = None
    servqual: dict[str, DimensionEntry] = field(default_factory=dict)

    @property
    def score_mapping(self) -> ScoreMapping | None:
        """The mapping, where one is declared."""
        return ScoreMapping(self.mapping) if self.mapping else None

    @property
    def has_columns(self) -> bool:
        """Some driver names a column."""
        return any(
            isinstance(value, str)
            for entry in self.drivers.values()
            for value in (entry.experience, entry.expectation)
        )


def typed_steps(sheet: GapSheet) -> pd.DataFrame:
    """Give the numbers of the sheet as `seven_steps` takes them; columns of a table are missing.

    Parameters
    ----------
    sheet : GapSheet

    Returns
    -------
    DataFrame, one row per driver
    """
    rows = [
        {
            "driver": name,
            "experience": None if isinstance(entry.experience, str) else entry.experience,
            "expectation": None if isinstance(entry.expectation, str) else entry.expectation,
            "importance": entry.importance,
            "importance_derived": entry.importance_derived,
            "ideal": entry.ideal,
            "assumed": entry.assumed or None,
        }
        for name, entry in sheet.drivers.items()
    ]
    return pd.DataFrame(rows)


def list_actions(sheet: GapSheet) -> pd.DataFrame:
    """Give the actions as `plan_actions` takes them.

    Parameters
    ----------
    sheet : GapSheet

    Returns
    -------
    DataFrame, one row per action

    Raises
    ------
    ConfigError
        If there are actions and no budget, or the other way round.
    """
    if bool(sheet.actions) != (sheet.budget is not None):
        raise ConfigError("a plan needs both [[actions]] and budget = …")
    rows = [
        {"action": a.action, "driver": a.driver, "cost": a.cost, "change": a.change,
         "one_of": a.one_of or None}
        for a in sheet.actions
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["action", "driver", "cost", "change", "one_of"])
