"""What the models of the sources can be told: columns, and numbers that only people know."""

from __future__ import annotations

from dataclasses import field

from nlp_cx.analyze.cost.inputs import CostInputs
from nlp_cx.config import config


@config
class ServqualInputs:
    """Columns of a SERVQUAL survey.

    Parameters
    ----------
    perception, expectation : dict of str to tuple of str
        Dimension to the columns of its items. Without expectations the result is SERVPERF.
    scale : (float, float), optional
        Lowest and highest answer.
    points : dict of str to (str or float)
        Dimension to the column of the points of 100 that it is given, or to one number.
    """

    perception: dict[str, tuple[str, ...]] = field(default_factory=dict)
    expectation: dict[str, tuple[str, ...]] = field(default_factory=dict)
    scale: tuple[float, float] | None = None
    points: dict[str, str | float] = field(default_factory=dict)


@config
class SourceInputs:
    """Columns of the O+X table by their part in a model, and typed-in numbers.

    Parameters
    ----------
    experience, expectation : dict of str to (str or float)
        Driver to a column of ratings, or to one number for all: what customers got, and what they
        expected.
    importance, ideal : dict of str to float
        Stated weights of drivers, and the experience that the company aims at.
    assumed : dict of str to str
        Which of a driver's numbers are assumptions, in words.
    scale, importance_scale : (float, float), optional
        Lowest and highest rating, and weight.
    mapping : tuple of (float, float)
        Scores of the text and the ratings that they stand for, where `experience` names such.
    negative, complained, at_risk : str, optional
        A column, or a column and what it is compared with, as ``"r_csat <= 2"``: the experience was
        negative, the customer complained, the customer is still there and may leave.
    retained, churned : str, optional
        The same: the customer stayed; or left. One of them is enough.
    revenue : str, optional
        Column with the revenue of each row, in one period.
    cost : CostInputs, optional
        Typed-in parameters of the cost; they replace what the columns say.
    satisfaction : str, optional
        Column with the rating of the return chain; one that is called so, or else the outcome when
        it is a rating.
    later_revenue : str, optional
        Column with the revenue of the period after the rating, of those who left too.
    servqual : ServqualInputs
    channel, touchpoint, stage : str, optional
        Columns of the texts that say where in the journey a text stands.
    """

    experience: dict[str, str | float] = field(default_factory=dict)
    expectation: dict[str, str | float] = field(default_factory=dict)
    importance: dict[str, float] = field(default_factory=dict)
    ideal: dict[str, float] = field(default_factory=dict)
    assumed: dict[str, str] = field(default_factory=dict)
    scale: tuple[float, float] | None = None
    importance_scale: tuple[float, float] | None = None
    mapping: tuple[tuple[float, float], ...] = ()
    negative: str | None = None
    complained: str | None = None
    at_risk: str | None = None
    retained: str | None = None
    churned: str | None = None
    revenue: str | None = None
    cost: CostInputs | None = None
    satisfaction: str | None = None
    later_revenue: str | None = None
    servqual: ServqualInputs = ServqualInputs()
    channel: str | None = None
    touchpoint: str | None = None
    stage: str | None = None
