"""What each customer will buy, and for how much: both models together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nlp_cx.analyze.metrics.bg_nbd import BgNbd, expected_purchases, probability_alive
from nlp_cx.analyze.metrics.gamma_gamma import GammaGamma, expected_value
from nlp_cx.errors import AnalysisError


def forecast_customers(
    summary: pd.DataFrame,
    purchases: BgNbd,
    values: GammaGamma,
    *,
    horizon: float,
    discount: float = 0.0,
) -> pd.DataFrame:
    """Forecast what each customer will buy.

    Parameters
    ----------
    summary : DataFrame, one row per customer
        From `purchases.summarize_purchases`, with values.
    purchases : BgNbd
    values : GammaGamma
    horizon : float
        How far to look, in the units of the summary; above 0.
    discount : float, default=0
        Per unit, 0 or more, e.g. ``1.1 ** (1 / 52) - 1`` for 10 % a year in weeks.

    Returns
    -------
    DataFrame, one row per customer
        ``customer``; ``p_alive``; ``expected_purchases`` until the horizon; ``expected_value`` of
        each; ``expected_revenue``: their product, discounted from when it comes, to the horizon.

    Raises
    ------
    AnalysisError
        If horizon or discount are out of range.

    Examples
    --------
    >>> summary = pd.DataFrame({"customer": ["a", "b"], "frequency": [2, 0],
    ...     "recency": [30.43, 0], "age": [38.86, 38.86], "value": [22.35, 0]})
    >>> cdnow = BgNbd(0.243, 4.414, 0.793, 2.426), GammaGamma(6.25, 3.74, 15.44)
    >>> forecast_customers(summary, *cdnow, horizon=39)["expected_revenue"].round(2).tolist()
    [30.24, 6.87]
    """
    if not horizon > 0 or not 0 <= discount < np.inf:
        raise AnalysisError(
            f"lifetime value: horizon {horizon:g}, discount {discount:g}; expected above 0, and 0 "
            f"or more"
        )
    n_steps = 1 if discount == 0 else int(min(max(np.ceil(horizon), 1), 60))
    ends = np.linspace(0, horizon, n_steps + 1)
    totals = [expected_purchases(purchases, summary, float(end)) for end in ends]
    discounted = np.zeros(len(summary))
    for i in range(n_steps):
        # What comes within a step comes on average in its middle.
        middle = (ends[i] + ends[i + 1]) / 2
        discounted += (totals[i + 1] - totals[i]) / (1 + discount) ** middle
    worth = expected_value(values, summary)
    return pd.DataFrame(
        {
            "customer": summary["customer"],
            "p_alive": probability_alive(purchases, summary),
            "expected_purchases": totals[-1],
            "expected_value": worth,
            "expected_revenue": discounted * worth,
        }
    )
