"""Perceived service as the texts tell it, SERVPERF-style: what was expected is not in it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nlp_cx.analyze.design import as_numbers, code_clusters
from nlp_cx.analyze.drivers.cell_means import average_cells, interval_of
from nlp_cx.analyze.proportions import wilson_interval
from nlp_cx.analyze.satisfaction.score_mapping import ScoreMapping
from nlp_cx.errors import SchemaError
from nlp_cx.taxonomy import Taxonomy, load_crosswalk, load_taxonomy

TEXT_PERCEPTION_NOTE = (
    "SERVPERF-style: perception and how often it is mentioned, from text. Texts rarely say what "
    "was expected, so these are no gaps, and no answers to a survey: do not pool them with such."
)


def text_perception(
    ox: pd.DataFrame,
    *,
    taxonomy: Taxonomy | None = None,
    mapping: ScoreMapping | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
    min_n: int = 10,
) -> pd.DataFrame:
    """Give the perception of each dimension from texts scored with a model of that taxonomy.

    Parameters
    ----------
    ox : DataFrame, one row per unit
        An O+X table with ``x_n_texts`` and ``x_<dimension>_negative, _neutral, _positive, _score``
        of every dimension.
    taxonomy : Taxonomy, optional
        The packaged ``"servqual"`` when not given.
    mapping : ScoreMapping, optional
        Puts the mean scores on a rating scale too; not guessed where not given.
    cluster : str, optional
        Column of customers.
    confidence : float, default=0.95
    min_n : int, default=10
        A dimension that fewer units mention has its interval missing.

    Returns
    -------
    DataFrame, one row per dimension, taxonomy order
        ``dimension``; ``drivers`` (the experience drivers it overlaps with: a crosswalk for
        reading, not the same thing); ``estimate, low, high`` (mean score of the units that mention
        it, -1 to 1, t on the customers); ``rating, rating_low, rating_high`` (mean of the mapped
        scores, with `mapping`); ``n`` (units that mention it); ``n_texts`` (units with text);
        ``salience, salience_low, salience_high`` (share of these that mentions it, Wilson);
        ``negative, positive`` (shares of n with such a mention; a unit may have both);
        ``measure``, ``interval``, ``reason``.

    Raises
    ------
    SchemaError
        If the columns of a dimension are not there: the texts were not scored with such a model.

    Examples
    --------
    >>> text_perception(pd.DataFrame({"x_n_texts": [1], "x_service_score": [0.5]}))
    Traceback (most recent call last):
    ...
    nlp_cx.errors.SchemaError: no columns x_tangibles_*, x_reliability_*, x_responsiveness_*,
    x_assurance_*, x_empathy_*: ...
    """
    taxonomy = taxonomy or load_taxonomy("servqual")
    _check_columns(ox, taxonomy)
    clusters = code_clusters(ox, cluster, np.arange(len(ox)))
    has_text = np.nan_to_num(as_numbers(ox, "x_n_texts")) > 0
    drivers = load_crosswalk(taxonomy.name) if taxonomy.name == "servqual" else {}
    cells, ones = np.zeros(len(ox), np.int64), np.ones(len(ox))
    lines = []
    for name in taxonomy.ids:
        counts = {
            pole: np.nan_to_num(as_numbers(ox, f"x_{name}_{pole}")) > 0
            for pole in ("negative", "neutral", "positive")
        }
        mentions = (counts["negative"] | counts["neutral"] | counts["positive"]) & has_text
        scores = np.where(mentions, as_numbers(ox, f"x_{name}_score"), np.nan)
        values = {"estimate": scores}
        if mapping is not None:
            values["rating"] = mapping.apply(scores)
        line: dict[str, object] = {"dimension": name, "drivers": ", ".join(drivers.get(name, ()))}
        n = int(mentions.sum())
        reason = f"{n} units mention it, fewer than {min_n}" if n < min_n else None
        for column, what in values.items():
            means = average_cells(what, ones, clusters, cells, n_cells=1, kind="mean")
            low, high = interval_of(means, confidence=confidence)
            if reason is None and means.variance[0] <= 1e-18:
                reason = "no spread, or one customer"
            ends = ("low", "high") if column == "estimate" else ("rating_low", "rating_high")
            line[column] = means.mean[0]
            line |= {end: np.nan if reason else limit[0]
                     for end, limit in zip(ends, (low, high), strict=True)}  # fmt: skip
        low, high = wilson_interval(n, int(has_text.sum()), confidence)
        line |= {"n": n, "n_texts": int(has_text.sum()), "reason": reason}
        line["salience"] = n / has_text.sum() if has_text.any() else np.nan
        line["salience_low"], line["salience_high"] = float(low), float(high)
        for pole in ("negative", "positive"):
            line[pole] = (counts[pole] & mentions).sum() / n if n else np.nan
        lines.append(line)
    result = pd.DataFrame(lines)
    result["measure"], result["interval"] = "SERVPERF-style, from text", "t"
    result["reason"] = result.pop("reason").astype("string")
    result.attrs["note"] = TEXT_PERCEPTION_NOTE
    return result


def _check_columns(ox: pd.DataFrame, taxonomy: Taxonomy) -> None:
    """Refuse a table whose texts were not scored for this taxonomy."""
    parts = ("negative", "neutral", "positive", "score")
    lacking = [
        name for name in taxonomy.ids if any(f"x_{name}_{part}" not in ox.columns for part in parts)
    ]
    if lacking:
        raise SchemaError(
            f"no columns {', '.join(f'x_{name}_*' for name in lacking)}: the texts of this table "
            f"were not scored for the taxonomy {taxonomy.name!r}. Score them with a model that was "
            f"trained on it (nlp-cx models lists what there is; none is shipped for it unless "
            "listed), join again, and come back. Drivers are no substitute: they are other labels."
        )
    if "x_n_texts" not in ox.columns:
        raise SchemaError("no column 'x_n_texts'; nlp-cx join makes it")
