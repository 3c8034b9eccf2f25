"""The return chain: driver, satisfaction, retention, revenue, fitted and drawn together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.design import Coding, as_numbers, build_design, code_clusters
from nlp_cx.analyze.drivers.cluster_draws import (
    Part,
    draw_deviations,
    jackknife_covariance,
    stretch_draws,
)
from nlp_cx.analyze.resample import percentile_interval
from nlp_cx.analyze.returns.links import MIN_ROWS, Draws, Link, LinkRows, logistic, row_terms
from nlp_cx.errors import AnalysisError, SchemaError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReturnChain:
    """The fitted chain: what `projection.project_returns` takes.

    Attributes
    ----------
    satisfaction, retention, revenue : Link
    direct : Link or None
        Retention on drivers, past satisfaction; None where it cannot be fitted.
    direct_reason : str or None
        Why not.
    features : tuple of str
        ``<driver>_negative`` and ``<driver>_positive``.
    sampling : Draws
    confidence : float
    links : DataFrame
        See `fit_return_chain`.
    """

    satisfaction: Link
    retention: Link
    revenue: Link
    direct: Link | None
    direct_reason: str | None
    features: tuple[str, ...]
    sampling: Draws
    confidence: float
    links: pd.DataFrame


def fit_return_chain(
    ox: pd.DataFrame,
    satisfaction: str,
    retained: str,
    revenue: str,
    *,
    drivers: Sequence[str] | None = None,
    controls: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
    coding: Coding = "share",
    confidence: float = 0.95,
    n_bootstrap: int = 1000,
    random_state: int = 0,
) -> ReturnChain:
    """Fit how drivers go with satisfaction, satisfaction with retention, retention with revenue.

    Parameters
    ----------
    ox : DataFrame, best one row per customer and period
        With the columns of `schema.ox_schema` for `drivers`.
    satisfaction : str
        Rating, e.g. ``"r_csat"``.
    retained : str
        Truth column, or 0 and 1: stayed after the rating.
    revenue : str
        Revenue of the period after the rating, of all, also of those who left.
    drivers : sequence of str, optional
        The six experience drivers when not given.
    controls : sequence of str
        Columns held equal in every link.
    weights, cluster : str, optional
        Columns; rows with the same `cluster` (a customer's) are drawn together.
    coding : {"share", "any"}
        As in `design.build_design`.
    confidence : float
    n_bootstrap : int
    random_state : int

    Returns
    -------
    ReturnChain
        Its ``links`` has a row per coefficient that the chain uses: ``link``, ``model``,
        ``outcome``, ``feature``, ``estimate, low, high`` (of a logit in log odds),
        ``effect, effect_low, effect_high`` (change of the outcome per unit of the feature; of a
        logit the average marginal one, in share), ``n``, ``n_clusters``, ``interval``, ``reason``.

    Raises
    ------
    SchemaError
        If columns are missing or of another kind.
    AnalysisError
        If a link has fewer than 30 rows, its outcome is constant, its columns are collinear, or
        satisfaction tells without error who stays (then the logit has no finite solution).

    Notes
    -----
    satisfaction ~ mentions of drivers (least squares); retained ~ satisfaction (logit);
    revenue ~ retained (least squares). Each link uses all rows that have what it needs. One cluster
    bootstrap draws the same customers in all links, so that the interval of their product holds
    whatever the links have in common; refits are single Newton steps, and draws are widened to the
    jackknife where clusters are few.

    The chain takes for granted that drivers go with retention through satisfaction only, and
    satisfaction in a straight line. The direct link, retained ~ mentions, does not:
    `projection.project_returns` shows both. Associations, not effects: customers who are satisfied
    and stay may do both for a third reason.

    References
    ----------
    Return on quality: Rust, Zahorik and Keiningham (1995), Journal of Marketing 59, 58-70;
    service-profit chain: Heskett et al. (1994), Harvard Business Review 72, 164-174 (both from the
    literature, not read again).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> bad = rng.random(600) < 0.3
    >>> ox = pd.DataFrame({"x_n_texts": 1, "x_service_negative": bad.astype(int)})
    >>> ox["x_service_positive"] = (~bad & (rng.random(600) < 0.5)).astype(int)
    >>> ox["r_csat"] = 4.0 - 2 * bad + rng.normal(size=600)
    >>> ox["o_retained"] = rng.random(600) < 1 / (1 + np.exp(3 - ox["r_csat"]))
    >>> ox["o_revenue"] = 100.0 * ox["o_retained"]
    >>> chain = fit_return_chain(
    ...     ox, "r_csat", "o_retained", "o_revenue", drivers=["service"], n_bootstrap=100)
    >>> chain.links[["link", "feature", "effect"]].round(1).to_numpy().tolist()
    [['satisfaction', 'service_negative', -2.1], ['satisfaction', 'service_positive', 0.1],
     ['retention', 'r_csat', 0.2], ['revenue', 'o_retained', 100.0]]
    """
    _check_columns(ox, [satisfaction, retained, revenue, *controls, weights, cluster], retained)
    all_clusters = code_clusters(ox, cluster, np.arange(len(ox), dtype=np.int64))
    design = build_design(
        ox,
        satisfaction,
        drivers=drivers,
        controls=controls,
        weights=weights,
        cluster=cluster,
        coding=coding,
        min_rows=MIN_ROWS,
    )
    base = LinkRows(ox, tuple(controls), weights, all_clusters)
    links = [
        base.take_design("satisfaction", "ols", design),
        base.take("retention", "logit", satisfaction, retained),
        base.take("revenue", "ols", retained, revenue),
    ]
    direct_reason = None
    try:
        past = build_design(
            ox,
            retained,
            drivers=drivers,
            controls=controls,
            weights=weights,
            coding=coding,
            min_rows=MIN_ROWS,
        )
        links.append(base.take_design("direct", "logit", past))
    except AnalysisError as e:
        direct_reason = str(e)
    parts = [Part(row_terms(link), link.clusters) for link in links]
    sampling = Draws(int(all_clusters.max()) + 1, n_bootstrap, random_state)
    deviations = draw_deviations(
        parts, sampling.n_clusters, n_bootstrap=n_bootstrap, random_state=random_state
    )
    drawn = []
    for link, part, deviation in zip(links, parts, deviations, strict=True):
        wide = stretch_draws(deviation, jackknife_covariance(part), part.n_clusters)
        # Revenue of those who left may be 0 to the cent: then there is no spread to widen.
        is_exact = np.ptp(deviation, axis=0) <= 1e-9 * np.maximum(np.abs(link.estimate), 1e-9)
        wide = np.where(is_exact, deviation, wide)
        drawn.append(replace(link, draws=link.estimate + wide))
    outcomes = (satisfaction, retained, revenue)
    shown = (design.feature_names, (satisfaction,), (retained,))
    table = pd.concat(
        [
            _describe(link, outcome, names, sampling, confidence)
            for link, outcome, names in zip(drawn, outcomes, shown, strict=False)
        ],
        ignore_index=True,
    )
    table.attrs["note"] = NOTE
    return ReturnChain(
        drawn[0],
        drawn[1],
        drawn[2],
        drawn[3] if len(drawn) > 3 else None,
        direct_reason,
        design.feature_names,
        sampling,
        confidence,
        table,
    )


def _describe(
    link: Link, outcome: str, features: Sequence[str], sampling: Draws, confidence: float
) -> pd.DataFrame:
    """Tell a link's coefficients and what they mean for its outcome."""
    low, high = percentile_interval(link.draws, confidence=confidence)
    slope = np.ones(1 + len(link.draws))
    if link.model == "logit":
        slope = _mean_slopes(link, sampling)
    rows = []
    for feature in features:
        if feature not in link.columns:
            rows.append((feature, *[np.nan] * 6, f"{feature} is constant"))
            continue
        k = link.columns.index(feature)
        effect = np.r_[link.estimate[k], link.draws[:, k]] * slope
        effect_low, effect_high = percentile_interval(effect[1:], confidence=confidence)
        numbers = (link.estimate[k], low[k], high[k], effect[0], effect_low, effect_high)
        rows.append((feature, *map(float, numbers), None))
    names = ["feature", "estimate", "low", "high", "effect", "effect_low", "effect_high", "reason"]
    table = pd.DataFrame(rows, columns=names)
    table.insert(0, "link", link.name)
    table.insert(1, "model", link.model)
    table.insert(2, "outcome", outcome)
    table.insert(9, "n", link.y.size)
    table.insert(10, "n_clusters", np.unique(link.clusters).size)
    table.insert(11, "interval", "cluster bootstrap of all links together, percentile")
    return table


def _mean_slopes(link: Link, sampling: Draws) -> Floats:
    """Give the mean of p (1 - p) over the rows, for the estimate and every draw."""
    slopes = [_slope(link, link.estimate, link.weights)]
    for parameters, weights in zip(link.draws, sampling.weights_of(link), strict=True):
        slopes.append(_slope(link, parameters, weights))
    return np.array(slopes)


def _slope(link: Link, parameters: Floats, weights: Floats) -> float:
    """Give the weighted mean of p (1 - p)."""
    total = weights.sum()
    if total == 0 or np.isnan(parameters).any():
        return np.nan
    p = logistic(link.x @ parameters)
    return float(weights @ (p * (1 - p)) / total)


def _check_columns(ox: pd.DataFrame, names: Sequence[str | None], retained: str) -> None:
    """Raise one error that names every column that is missing, or says what retained holds."""
    missing = [repr(n) for n in dict.fromkeys(names) if n is not None and n not in ox]
    if missing:
        raise SchemaError(
            f"no column {', '.join(missing)}; the table has {', '.join(map(str, ox.columns))}"
        )
    values = as_numbers(ox, retained)
    strange = values[~(np.isnan(values) | (values == 0) | (values == 1))]
    if strange.size:
        raise SchemaError(
            f"{retained!r} holds {strange[0]:g} in {strange.size:,} rows, expected true and false, "
            "or 1 and 0"
        )
