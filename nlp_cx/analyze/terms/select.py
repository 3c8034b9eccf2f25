"""Choose the pairs that tell something of a driver and a polarity."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

_LEAST_Z = 1.0
_AT_HOME = 0.8
"""Share of a pair's documents in one polarity from which on it is at home there, told or not."""
_LEAST_DRIVER_SHARE = 0.25
_PRIOR = (0.1, 500.0)
"""Weight of the prior: this share of all mentions, at most so many."""


def select_pairs(pairs: pd.DataFrame, *, top_n: int, min_documents: int) -> pd.DataFrame:
    """Count pairs by language, driver and polarity, and keep those that belong there.

    Parameters
    ----------
    pairs : DataFrame, one row per mention
        ``row, aspect, opinion, document, start, p_driver, language, driver, polarity``;
        ``weight``: documents that one of the sample stands for.
    top_n, min_documents : int

    Returns
    -------
    DataFrame, one row per pair and cell, the most frequent first in each cell
        ``language, driver, polarity, aspect, opinion``; ``n`` documents; ``log_odds`` and ``z``;
        ``rows``: rows of mentions, one a document.
    """
    pairs = _one_driver_each(pairs)
    keys = ["language", "driver", "polarity", "aspect", "opinion"]
    pairs = pairs.sort_values(["document", "row"]).drop_duplicates([*keys, "document"])
    counted = (
        pairs.groupby(keys, sort=True)
        .agg(n=("row", "size"), rows=("row", np.array), weighted=("weight", "sum"))
        .reset_index()
        if len(pairs)
        else pd.DataFrame(columns=[*keys, "n", "rows", "weighted"])
    )
    counted = counted.astype({"n": np.int64, "weighted": np.float64})
    of_pair = counted.groupby(["language", "polarity", "aspect", "opinion"])["weighted"]
    counted["log_odds"], counted["z"] = _log_odds(counted)
    everywhere = counted.groupby(["language", "aspect", "opinion"])["weighted"].transform("sum")
    in_polarity = counted.groupby(["language", "polarity", "aspect", "opinion"])["weighted"]
    counted["home"] = in_polarity.transform("sum") / everywhere
    is_kept = (
        (counted["n"] >= min_documents)
        & (counted["weighted"] >= _LEAST_DRIVER_SHARE * of_pair.transform("sum"))
        & (
            counted["z"].isna()
            | (counted["z"] > _LEAST_Z)
            | ((counted["log_odds"] > 0) & (counted["home"] >= _AT_HOME))
        )
    )
    kept = counted[is_kept].sort_values(
        ["language", "driver", "polarity", "n", "z", "aspect", "opinion"],
        ascending=[True, True, True, False, False, True, True],
    )
    return kept.groupby(["language", "driver", "polarity"]).head(top_n).reset_index(drop=True)


def _one_driver_each(pairs: pd.DataFrame) -> pd.DataFrame:
    """Give a pair of a clause with several drivers to the one that its aspect goes with."""
    place = ["document", "start", "aspect", "opinion"]
    n_drivers = pairs.groupby(place)["driver"].transform("size")
    alone = pairs[n_drivers == 1].groupby(["language", "aspect", "driver"]).size().rename("alone")
    pairs = pairs.join(alone, on=["language", "aspect", "driver"])
    # An aspect that is not named tells nothing: the model's own probability decides.
    known = pairs["alone"].fillna(0).where(pairs["aspect"] != "", 0)
    order = pairs.assign(belief=known + pairs["p_driver"]).sort_values(
        [*place, "belief", "driver"], ascending=[True] * 4 + [False, True]
    )
    return order.drop_duplicates(place).drop(columns=["alone", "belief"])


def _log_odds(counted: pd.DataFrame) -> tuple[Floats, Floats]:
    """Compare each pair's place in a polarity with its place in the others of the language.

    Log-odds with an informative Dirichlet prior (Monroe et al. 2008, equations 15, 16 and 22): the
    prior is the pair's share of all mentions. Missing where a language has one polarity only.
    """
    pair = counted.groupby(["language", "aspect", "opinion"])["weighted"].transform("sum")
    here = counted.groupby(["language", "polarity", "aspect", "opinion"])["weighted"].transform(
        "sum"
    )
    total = counted.groupby("language")["weighted"].transform("sum").to_numpy(np.float64)
    inside = (
        counted.groupby(["language", "polarity"])["weighted"].transform("sum").to_numpy(np.float64)
    )
    y, there = here.to_numpy(np.float64), (pair - here).to_numpy(np.float64)
    outside = total - inside
    weight = np.minimum(_PRIOR[0] * total, _PRIOR[1])
    prior = weight * pair.to_numpy(np.float64) / np.maximum(total, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.log((y + prior) / np.maximum(inside + weight - y - prior, 1e-9))
        second = np.log((there + prior) / np.maximum(outside + weight - there - prior, 1e-9))
        delta = np.where(outside > 0, first - second, np.nan)
        return delta, delta / np.sqrt(1 / (y + prior) + 1 / (there + prior))
