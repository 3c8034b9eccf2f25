"""The return chain, where a table holds all of its links."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from nlp_cx.analyze.returns.chain import fit_return_chain
from nlp_cx.analyze.source_models.flags import column_of, read_flag
from nlp_cx.analyze.source_models.inputs import SourceInputs
from nlp_cx.analyze.source_models.lacks import LackError, lack, needs_columns


def make_chain(
    ox: pd.DataFrame,
    inputs: SourceInputs,
    drivers: Sequence[str],
    *,
    controls: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
    n_bootstrap: int = 1000,
    random_state: int = 0,
) -> pd.DataFrame:
    """Fit driver, satisfaction, retention and revenue as a chain.

    Parameters
    ----------
    ox : DataFrame
    inputs : SourceInputs
    drivers : sequence of str
    controls : sequence of str
    weights, cluster : str, optional
    confidence, n_bootstrap, random_state

    Returns
    -------
    DataFrame
        The links of `fit_return_chain`. ``attrs["direct_reason"]``: why retention could not be
        fitted on the drivers themselves; None where it could.

    Raises
    ------
    LackError
        If a link has no column.

    Notes
    -----
    The revenue has to be of the period after the rating, of those who left too. That of the order
    or period that was rated is no return on it and is not taken.
    """
    features = [f"x_{driver}_{pole}" for driver in drivers for pole in ("negative", "positive")]
    if "x_n_texts" not in ox or any(name not in ox for name in features):
        raise LackError(
            lack(
                "needs_texts",
                "The chain begins with what texts say of drivers, and there are no texts.",
                "Join scored texts to these rows.",
                columns=["text"],
            )
        )
    retained = inputs.retained or inputs.churned
    parts = {
        "satisfaction": inputs.satisfaction,
        "retained": retained,
        "later_revenue": inputs.later_revenue,
    }
    if lacking := [name for name, column in parts.items() if column is None]:
        raise needs_columns(
            lacking,
            f"The chain leads from drivers over satisfaction and retention to revenue; no column "
            f"is known for {', '.join(lacking)}.",
            "Name the columns: a rating as satisfaction, who stayed as retained (or who left as "
            "churned), and the revenue of the period after the rating as later_revenue.",
        )
    flags = read_flag(ox, str(retained))
    name = str(column_of(ox, str(retained)))
    frame = ox.copy(deep=False)
    if inputs.retained is None:
        flags, name = ~flags, f"not {name}"
    frame[name] = flags
    chain = fit_return_chain(
        frame,
        str(inputs.satisfaction),
        name,
        str(inputs.later_revenue),
        drivers=drivers,
        controls=controls,
        weights=weights,
        cluster=cluster,
        confidence=confidence,
        n_bootstrap=n_bootstrap,
        random_state=random_state,
    )
    table = chain.links
    table.attrs["direct_reason"] = chain.direct_reason
    return table
