"""The columns of tables of importance, and their last step: groups, adjusted p-values, types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.design import POLES
from nlp_cx.analyze.drivers.per_group import analyse_groups
from nlp_cx.analyze.proportions import adjust_p_values

PARTS = (
    *("lmg", "lmg_low", "lmg_high", "share", "share_low", "share_high"),
    *("rank", "rank_low", "rank_high", "p_first", "null_high", "p_null", "q_null"),
    *("relative_weight", "relative_weight_low", "relative_weight_high"),
)
ONE_SLOPE = ("coefficient", "coefficient_low", "coefficient_high", "sign")
SLOPES = {pole: (f"coefficient_{pole}", f"sign_{pole}") for pole in POLES}
ABOUT = ("vif", "condition_number", "fit", "fit_controls")
COUNTS = ("n", "n_clusters", "n_left_out", "interval", "reason")


def finish_importance(
    ox: pd.DataFrame,
    group: str | None,
    analyse: Callable[[pd.DataFrame], pd.DataFrame],
    *,
    names: Sequence[str],
    measure: str,
    wanted: Sequence[str],
) -> pd.DataFrame:
    """Analyse every group, and bring the tables into one form.

    Parameters
    ----------
    ox : DataFrame
    group : str or None
    analyse : callable
        Rows in, table with the players' names as index out.
    names : sequence of str
        Of the players, for groups that `analyse` refuses.
    measure : str
        What was divided.
    wanted : sequence of str
        The columns, in order; those that `analyse` does not give are missing.

    Returns
    -------
    DataFrame
        With ``q_null`` adjusted over all its rows, and the note of association.
    """

    def refuse(reason: str) -> pd.DataFrame:
        table = pd.DataFrame({"driver": names, "reason": reason})
        return table.reindex(columns=["driver", *wanted])

    table = analyse_groups(
        ox,
        group,
        lambda part: analyse(part).reindex(columns=list(wanted)).reset_index(),
        refuse,
    )
    table["q_null"] = adjust_p_values(table.p_null.to_numpy(np.float64))
    for column in wanted:
        if column.startswith("sign") or column in {"interval", "reason"}:
            table[column] = table[column].astype(object).where(table[column].notna(), None)
        elif column.startswith("n_") or column == "n":
            table[column] = table[column].astype("Int64")
        else:
            table[column] = table[column].astype(np.float64)
    table.insert(list(table.columns).index("driver") + 1, "measure", measure)
    table.attrs["note"] = NOTE
    return table
