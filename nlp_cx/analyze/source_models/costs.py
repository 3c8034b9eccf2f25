"""The cost of negative experience, from columns and from numbers that were typed in."""

from __future__ import annotations

import pandas as pd

from nlp_cx.analyze.cost.amounts import negative_cost, why_missing
from nlp_cx.analyze.cost.inputs import CostInputs, tabulate_parameters
from nlp_cx.analyze.cost.levers import cost_levers
from nlp_cx.analyze.cost.parameters import estimate_parameters
from nlp_cx.analyze.cost.shares import FATE_SHARES, PARAMETERS, make_row
from nlp_cx.analyze.cost.tornado import cost_tornado
from nlp_cx.analyze.design import as_numbers
from nlp_cx.analyze.source_models.flags import read_flag
from nlp_cx.analyze.source_models.inputs import SourceInputs
from nlp_cx.analyze.source_models.lacks import LackError, lack, needs_columns

FROM_TEXT = "x_sentiment < 0"
"""What counts as a negative experience where no column says so: the unit's texts are negative on
balance. Units without text are left out."""

_NEEDS = {
    "revenue": ("revenue",),
    "negative_share": ("negative",),
    "complaint_share": ("negative", "complained"),
} | dict.fromkeys(FATE_SHARES, ("negative", "complained", "retained"))

_TELLS = {
    "revenue": "what each row spent in one period",
    "negative": "whose experience was negative",
    "complained": "who complained",
    "retained": "who stayed, or churned: who left",
}


def make_cost(
    ox: pd.DataFrame,
    inputs: SourceInputs,
    *,
    weights: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
    random_state: int = 0,
) -> dict[str, pd.DataFrame]:
    """Compute what is lost and at risk with negative experience, and what moves it most.

    Parameters
    ----------
    ox : DataFrame
    inputs : SourceInputs
    weights, cluster : str, optional
    confidence : float
    random_state : int

    Returns
    -------
    dict of str to DataFrame
        ``cost_parameters``, ``negative_cost``, ``cost_tornado`` (its ``attrs["swing"]`` says how
        far the parameters were moved: their intervals, or a percentage point where no number of
        cases stands behind any) and ``cost_levers``. ``attrs["negative_from"]``: what counted as
        negative.

    Raises
    ------
    LackError
        If a parameter is neither typed in nor told by columns, or rests on too few rows.
    """
    typed = inputs.cost or CostInputs()
    negative = inputs.negative
    if negative is None and {"x_sentiment", "x_n_texts"} <= set(ox.columns):
        negative = FROM_TEXT
    base = _estimate(ox, inputs, negative, (weights, cluster), confidence)
    parameters = tabulate_parameters(typed, base=base)
    known = set(parameters["parameter"])
    if lacking := [name for name in PARAMETERS if name not in known]:
        raise _name_lacking(lacking, inputs, negative)
    estimates = parameters.set_index("parameter")["estimate"]
    decisive = ["revenue", "negative_share", "complaint_share", "complaining_lost", "silent_lost"]
    if estimates[decisive].isna().any():
        told = parameters[parameters["parameter"].isin(decisive)]
        raise LackError(
            lack(
                "too_few",
                f"Parameters of the cost are not known: {why_missing(told)}.",
                "Give more rows, or type these shares in as numbers of your own.",
                columns=[f"cost.{name}" for name in decisive if pd.isna(estimates[name])],
                detail=why_missing(told),
            )
        )
    swing = "interval" if parameters["low"].notna().any() else "points"
    draws = {"confidence": confidence, "random_state": random_state}
    tables = {
        "cost_parameters": parameters,
        "negative_cost": negative_cost(parameters, **draws),  # type: ignore[arg-type]
        "cost_tornado": cost_tornado(parameters, swing=swing),  # type: ignore[arg-type]
        "cost_levers": cost_levers(parameters, **draws),  # type: ignore[arg-type]
    }
    tables["cost_tornado"].attrs["swing"] = swing
    for table in tables.values():
        table.attrs["negative_from"] = "typed in" if typed.negative_share is not None else negative
    return tables


def _estimate(
    ox: pd.DataFrame,
    inputs: SourceInputs,
    negative: str | None,
    rows: tuple[str | None, str | None],
    confidence: float,
) -> pd.DataFrame | None:
    """Estimate the parameters that the columns tell; no row for the others."""
    weights, cluster = rows
    retained = inputs.retained or inputs.churned
    given = {"negative": negative, "complained": inputs.complained, "retained": retained}
    flags = {name: None if text is None else read_flag(ox, text) for name, text in given.items()}
    if flags["retained"] is not None and inputs.retained is None:
        flags["retained"] = ~flags["retained"]
    if flags["negative"] is None or not flags["negative"].notna().any():
        if inputs.revenue is None:
            return None
        total = float(pd.Series(as_numbers(ox, inputs.revenue)).sum())
        source = f"sum of {inputs.revenue} in {len(ox):,} rows"
        return pd.DataFrame([make_row("revenue", total, n=None, source=source)])
    frame = ox.copy(deep=False)
    names = {}
    for name, text in given.items():
        names[name] = f"{name} ({text})" if text is not None else name
        values = flags[name]
        frame[names[name]] = pd.array([pd.NA] * len(ox), "boolean") if values is None else values
    risk = None
    if inputs.at_risk is not None:
        risk = f"at_risk ({inputs.at_risk})"
        frame[risk] = read_flag(ox, inputs.at_risk)
    table = estimate_parameters(
        frame,
        names["negative"],
        names["complained"],
        names["retained"],
        at_risk=risk,
        revenue=inputs.revenue,
        weights=weights,
        cluster=cluster,
        confidence=confidence,
    )
    unknown = {part for part, values in flags.items() if values is None}
    told = [not set(_NEEDS.get(name, ())) & unknown for name in table["parameter"]]
    return table[told].reset_index(drop=True)


def _name_lacking(lacking: list[str], inputs: SourceInputs, negative: str | None) -> LackError:
    """Name the columns, and the numbers, that would fill what is lacking."""
    has = {
        "revenue": inputs.revenue,
        "negative": negative,
        "complained": inputs.complained,
        "retained": inputs.retained or inputs.churned,
    }
    columns = [part for part, text in has.items()
               if text is None and any(part in _NEEDS[name] for name in lacking)]  # fmt: skip
    told = [f"{part} ({_TELLS[part]})" for part in columns]
    name_them = f"Name the columns {', '.join(told)}, or type" if told else "Type"
    return needs_columns(
        [*columns, *(f"cost.{name}" for name in lacking)],
        "The cost needs numbers that neither a column nor anybody gave: "
        f"{', '.join(lacking)}. No share that others found stands in for them.",
        f"{name_them} the numbers in under cost.",
    )
