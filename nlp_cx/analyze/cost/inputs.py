"""The parameters of the cost of negative experience: typed in, checked, drawn."""

from __future__ import annotations

from dataclasses import field

import numpy as np
import pandas as pd

from nlp_cx.analyze.cost.shares import (
    BRANCHES,
    COLUMNS,
    CORRECTION,
    FATE_SHARES,
    FATES,
    PARAMETERS,
    make_corrected_row,
    make_row,
    range_faults,
)
from nlp_cx.config import config
from nlp_cx.errors import AnalysisError

_TOLERANCE = 1e-6


@config
class CaseNumbers:
    """How many cases stand behind each parameter; none where it is to be taken as exact."""

    negative_share: float | None = None
    observed_negative_share: float | None = None
    complaint_share: float | None = None
    complaining: float | None = None
    silent: float | None = None
    sensitivity: float | None = None
    specificity: float | None = None


@config
class CostInputs:
    """Typed-in parameters; a TOML file has these names.

    Attributes
    ----------
    revenue : float
        Of a period, all customers, in any currency.
    negative_share : float
        Share of the revenue that goes with a negative experience, 0 to 1.
    complaint_share : float
        Of these customers, the share that complains.
    complaining_lost, complaining_at_risk, complaining_kept : float
        What becomes of those who complain; sum to 1.
    silent_lost, silent_at_risk, silent_kept : float
        What becomes of those who do not; sum to 1.
    observed_negative_share, sensitivity, specificity : float
        Instead of `negative_share`; see `shares.CORRECTION`.
    n : CaseNumbers
        Cases behind the parameters; without them a parameter is taken as exact.
    scenarios : dict of str to dict of str to float
        Parameters that are other, by name of the scenario.
    """

    revenue: float | None = None
    negative_share: float | None = None
    complaint_share: float | None = None
    complaining_lost: float | None = None
    complaining_at_risk: float | None = None
    complaining_kept: float | None = None
    silent_lost: float | None = None
    silent_at_risk: float | None = None
    silent_kept: float | None = None
    observed_negative_share: float | None = None
    sensitivity: float | None = None
    specificity: float | None = None
    n: CaseNumbers = CaseNumbers()
    scenarios: dict[str, dict[str, float]] = field(default_factory=dict)


def tabulate_parameters(inputs: CostInputs, *, base: pd.DataFrame | None = None) -> pd.DataFrame:
    """Make a table of parameters of what was typed in.

    Parameters
    ----------
    inputs : CostInputs
    base : DataFrame, optional
        Parameters from `parameters.estimate_parameters`; what is typed in replaces them.

    Returns
    -------
    DataFrame, one row per parameter, in the order of `shares.PARAMETERS` and `shares.CORRECTION`
        `shares.COLUMNS` and ``reason``. Parameters that were not given have no row:
        `check_parameters` names them.

    Raises
    ------
    AnalysisError
        If a number of cases is not above 0, or ``negative_share`` is given with a correction, or
        with error rates that cannot have led to it.

    Examples
    --------
    >>> table = tabulate_parameters(CostInputs(revenue=1e6, negative_share=0.2))
    >>> table[["parameter", "estimate", "source"]].to_numpy().tolist()
    [['revenue', 1000000.0, 'typed in'], ['negative_share', 0.2, 'typed in']]
    """
    rows: dict[str, dict[str, object]] = {}
    if base is not None:
        records = base.to_dict("records")
        rows = {str(row["parameter"]): {str(k): v for k, v in row.items()} for row in records}
    typed = [name for name in (*PARAMETERS, *CORRECTION) if getattr(inputs, name) is not None]
    for name in typed:
        n = getattr(inputs.n, name.split("_")[0] if name in FATE_SHARES else name, None)
        if n is not None and not n > 0:
            raise AnalysisError(f"{n:g} cases behind {name}, expected more than 0, or none at all")
        rows[name] = make_row(name, getattr(inputs, name), n=n, source="typed in")
    if "negative_share" in typed:
        if set(typed) & set(CORRECTION):
            raise AnalysisError(
                f"negative_share is given, and also what corrects it ({', '.join(CORRECTION)}). "
                "Give the corrected share, or the three."
            )
        rows = {name: row for name, row in rows.items() if name not in CORRECTION}
    elif set(typed) & set(CORRECTION):
        missing = [name for name in CORRECTION if name not in rows]
        if missing:
            raise AnalysisError(f"the negative share cannot be corrected without {missing[0]}")
        rows["negative_share"] = make_corrected_row([rows[name] for name in CORRECTION])
    order = [name for name in (*PARAMETERS, *CORRECTION) if name in rows]
    return pd.DataFrame([rows[name] for name in order], columns=[*COLUMNS, "reason"])


def check_parameters(parameters: pd.DataFrame) -> dict[str, float]:
    """Give the parameters by name, or raise one error that names every fault.

    Parameters
    ----------
    parameters : DataFrame
        ``parameter``, ``estimate``; a missing estimate has its ``reason``.

    Returns
    -------
    dict of str to float
        All of `PARAMETERS`; NaN where the table says that a share is not known.

    Raises
    ------
    AnalysisError
        If a parameter has no row, is out of its range, or a branch does not sum to 1.
    """
    values = dict(zip(parameters["parameter"], parameters["estimate"].astype(float), strict=True))
    faults = [f"{name} is missing" for name in PARAMETERS if name not in values]
    revenue = values.get("revenue", 1.0)
    if not (np.isfinite(revenue) and revenue > 0):
        faults.append(f"revenue is {revenue:g}, expected more than 0")
    faults += range_faults({name: values[name] for name in PARAMETERS[1:] if name in values})
    for branch in BRANCHES:
        shares = [values.get(f"{branch}_{fate}", np.nan) for fate in FATES]
        total = sum(shares)
        if abs(total - 1) > _TOLERANCE:
            told = " + ".join(f"{share:g}" for share in shares)
            faults.append(
                f"{branch}: {' + '.join(FATES)} = {told} = {total:g}, expected a sum of 1"
            )
    if faults:
        raise AnalysisError(
            "the cost cannot be computed:\n  " + "\n  ".join(faults) + "\nEvery parameter has to "
            "be given, as a number of your own or estimated from your data; none has a default."
        )
    return {name: values[name] for name in PARAMETERS}
