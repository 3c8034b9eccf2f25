"""Shares of terms now and before, compared; words that only stand in a pair left out."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.proportions import adjust_p_values
from nlp_cx.analyze.terms.clause_words import LANGUAGES

Ints = npt.NDArray[np.int64]


def compare_shares(counted: pd.DataFrame, of: Ints, confidence: float) -> pd.DataFrame:
    """Compare the shares of every term.

    Parameters
    ----------
    counted : DataFrame
        Of `count_terms`.
    of : array of int, shape (2 * n_languages,)
        Texts before and now, language by language.
    confidence : float
        Of the interval of one ratio, between 0 and 1.

    Returns
    -------
    DataFrame, one row per term
        The columns of `emerging_terms` but ``is_emerging``, and ``words``.
    """
    from scipy.stats import beta, hypergeom

    language = counted["language"].to_numpy(np.int64)
    k1, k0 = counted["n_now"].to_numpy(np.int64), counted["n_before"].to_numpy(np.int64)
    # Texts of a language hold at least as many documents as have clauses in it.
    of_now, of_before = np.maximum(of[2 * language + 1], k1), np.maximum(of[2 * language], k0)
    p = np.minimum(hypergeom.sf(k1 - 1, of_now + of_before, k1 + k0, of_now), 1.0)
    tail = (1 - confidence) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(k1 > 0, beta.ppf(tail, k1, k0 + 1), 0.0)
        high = np.where(k0 > 0, beta.ppf(1 - tail, k1 + 1, k0), np.nan)
        share_now, share_before = k1 / of_now, k0 / of_before
        scale = of_before / of_now
        ratio = np.where(k0 > 0, share_now / share_before, np.nan)
        ratio_low, ratio_high = low / (1 - low) * scale, high / (1 - high) * scale
    return pd.DataFrame(
        {
            "term": counted["term"],
            "lang": pd.Categorical.from_codes(language, pd.Index(LANGUAGES)),
            "driver": counted["driver"],
            "n_now": k1,
            "of_now": of_now,
            "n_before": k0,
            "of_before": of_before,
            "share_now": share_now,
            "share_before": share_before,
            "ratio": ratio,
            "ratio_low": ratio_low,
            "ratio_high": ratio_high,
            "p_value": p,
            "q_value": adjust_p_values(p),
            "words": counted["words"],
        }
    )


def drop_parts(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out words whose texts are nearly those of a pair with them that emerges too.

    Parameters
    ----------
    table : DataFrame
        Of `compare_shares`, with ``is_emerging``.

    Returns
    -------
    DataFrame
        Without ``words``.
    """
    is_pair = table["is_emerging"] & (table["words"].map(len) > 1)
    most: Counter[tuple[str, str]] = Counter()
    for lang, words, n in zip(
        table["lang"][is_pair], table["words"][is_pair], table["n_now"][is_pair], strict=True
    ):
        for word in words:
            most[lang, word] = max(most[lang, word], n)
    is_part = [
        len(words) == 1 and most[lang, words[0]] >= 0.8 * n
        for lang, words, n in zip(table["lang"], table["words"], table["n_now"], strict=True)
    ]
    return table[~np.array(is_part, np.bool_)].drop(columns="words")
