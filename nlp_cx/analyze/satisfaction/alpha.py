"""How well the items of a scale go together: Cronbach's alpha."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from nlp_cx.analyze.design import as_numbers
from nlp_cx.errors import AnalysisError, SchemaError


class Alpha(NamedTuple):
    """Cronbach's alpha.

    Attributes
    ----------
    estimate, low, high : float
        NaN where it cannot be told.
    n : int
        Rows with all items.
    """

    estimate: float
    low: float
    high: float
    n: int


def cronbach_alpha(
    answers: pd.DataFrame, items: list[str], *, confidence: float = 0.95, min_n: int = 10
) -> Alpha:
    """Give Cronbach's alpha of some items.

    Parameters
    ----------
    answers : DataFrame, one row per respondent
    items : list of str
        Columns of numbers, two or more; rows without one of them are left out.
    confidence : float, default=0.95
    min_n : int, default=10
        With fewer rows alpha is missing.

    Returns
    -------
    Alpha
        Missing where the sum of the items does not vary. Below 0 where items go against each
        other: one may be worded the other way round.

    Raises
    ------
    SchemaError
        If a column is missing or holds other than numbers.
    AnalysisError
        If there are fewer than two items.

    Notes
    -----
    k / (k - 1) (1 - Σ s_i² / s_sum²); Feldt's interval, by F with n - 1 and (n - 1)(k - 1) degrees
    of freedom. The same numbers as ``pingouin.cronbach_alpha``.

    References
    ----------
    Feldt, Woodruff and Salih (1987), Statistical inference for coefficient alpha, Applied
    Psychological Measurement 11, 93-103 (from the literature, not re-read).

    Examples
    --------
    >>> answers = pd.DataFrame({"q1": [1, 2, 3, 4] * 3, "q2": [1, 2, 4, 4] * 3})
    >>> round(cronbach_alpha(answers, ["q1", "q2"]).estimate, 3)
    0.967
    """
    from scipy.special import fdtri

    if len(items) < 2:
        raise AnalysisError(f"alpha of {len(items)} item: it needs two or more")
    if missing := [repr(name) for name in items if name not in answers.columns]:
        raise SchemaError(f"no column {', '.join(missing)}")
    values = np.column_stack([as_numbers(answers, name) for name in items])
    values = values[~np.isnan(values).any(axis=1)]
    n, k = values.shape
    whole = values.sum(axis=1).var(ddof=1) if n > 1 else 0.0
    if n < max(min_n, 2) or whole <= 0:
        return Alpha(np.nan, np.nan, np.nan, n)
    alpha = k / (k - 1) * (1 - values.var(axis=0, ddof=1).sum() / whole)
    df1, df2 = n - 1, (n - 1) * (k - 1)
    tail = (1 - confidence) / 2
    low = 1 - (1 - alpha) * fdtri(df1, df2, 1 - tail)
    high = 1 - (1 - alpha) * fdtri(df1, df2, tail)
    return Alpha(float(alpha), float(low), float(high), n)
