"""Models of an ordinal or binary outcome, divided among players by exact Shapley values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.drivers.by_chance import sample_clusters, shuffle_clusters
from nlp_cx.analyze.drivers.collinearity import find_identified
from nlp_cx.analyze.drivers.linear import Division, Model
from nlp_cx.analyze.drivers.moments import correlate, standardize
from nlp_cx.analyze.drivers.ordered_logit import (
    differentiate,
    find_residuals,
    fit_ordered,
    log_likelihoods,
    newton_steps,
)
from nlp_cx.analyze.drivers.patterns import Patterns, collapse
from nlp_cx.analyze.drivers.players import Players
from nlp_cx.analyze.drivers.shapley import check_players, shapley_weights
from nlp_cx.analyze.resample import draw_counts
from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MAX_LEVELS = 20

_BLOCK = 8_000_000
_SIZES = (1.0, 0.5, 0.25)
_NEVER = -1e12
_ENDLESS = 15.0


def fit_discrete(
    players: Players, measure: str, *, n_bootstrap: int, n_null: int, random_state: int
) -> Model:
    """Fit proportional odds (or logit, of two levels), and divide a measure of its fit.

    Parameters
    ----------
    players : Players
    measure : {"mcfadden", "tjur"}
        1 - LL / LL0; or, of two levels, the mean fitted probability of the higher among rows that
        have it less that among the others.
    n_bootstrap, n_null, random_state
        As for `fit_linear`. Chance is always of McFadden's measure.

    Returns
    -------
    Model
        Coefficients are log odds of a higher level; missing where they grow without end.

    Raises
    ------
    AnalysisError
        If there are too many players, or more than `MAX_LEVELS` levels.

    Notes
    -----
    In the data every one of the 2^k models is fitted to the end. In a bootstrap sample each takes
    one Newton step from there, which is as good as a new fit (the likelihood differs by an order of
    1 / n) and needs only sums over patterns. A shuffled player gains what its score statistic says,
    beside all others: by chance the gain hardly depends on who was there before.
    """
    check_players(len(players.names))
    patterns = collapse(players, random_state=random_state)
    n_levels = int(patterns.levels.max()) + 1
    if n_levels > MAX_LEVELS:
        raise AnalysisError(
            f"the outcome has {n_levels} levels, expected at most {MAX_LEVELS}: use family='linear'"
        )
    weights = patterns.weights
    sets = [_columns_in(players, index) for index in range(2 ** len(players.names))]
    fits = [fit_ordered(patterns.columns[:, used], patterns.levels, weights) for used in sets]
    parameters = [fit[0] for fit in fits]
    likely = _mcfadden(patterns.levels, weights[None], np.array([fit[1] for fit in fits]))
    found = likely
    if measure == "tjur":
        tried = zip(sets, parameters, strict=True)
        found = np.array(
            [
                _tjur(patterns.columns[:, used], patterns.levels, point[:, None], weights[None])[0]
                for used, point in tried
            ]
        )
    draws, slopes = _resample(
        patterns, sets, parameters, measure, n_bootstrap=n_bootstrap, random_state=random_state
    )
    shares = shapley_weights(len(players.names))
    chance = _by_chance(players, patterns, parameters, n_null, random_state=random_state)
    first = players.sizes[0]
    against = likely @ shares if measure == "tjur" else None
    division = Division(found @ shares, draws @ shares, chance, against)
    full = parameters[-1][n_levels - 1 :]
    coefficients = np.where(_has_end(full, patterns), _unscale(full, patterns), np.nan)
    standard = standardize(players.table[:, :-1], players.weights)[0]
    whole = correlate((standard.T * players.weights) @ standard / players.weights.sum())[0]
    coefficients[~find_identified(whole)] = np.nan
    return Model(
        float(found[-1]),
        float(found[0]),
        coefficients[first:],
        _unscale(slopes[:, n_levels - 1 :], patterns)[:, first:],
        {"lmg": division},
    )


def _columns_in(players: Players, index: int) -> Ints:
    """Give the columns of the controls and of the players in a set."""
    first = players.sizes[0]
    used = [np.arange(first)]
    used += [
        np.arange(first + member.start, first + member.stop)
        for i, member in enumerate(players.members)
        if index >> i & 1
    ]
    return np.concatenate(used).astype(np.int64)


def _resample(
    patterns: Patterns,
    sets: list[Ints],
    parameters: list[Floats],
    measure: str,
    *,
    n_bootstrap: int,
    random_state: int,
) -> tuple[Floats, Floats]:
    """Give the measure of every set, and the parameters of the full model, in every sample."""
    blocks = [np.empty((0, len(sets)))]
    slopes = [np.empty((0, parameters[-1].size))]
    for weights in _weights_of_samples(patterns, n_bootstrap, random_state):
        block = np.empty((len(weights), len(sets)))
        for j, (used, point) in enumerate(zip(sets, parameters, strict=True)):
            columns = patterns.columns[:, used]
            moved, likelihood = _one_step(columns, patterns.levels, point, weights)
            block[:, j] = (
                _mcfadden(patterns.levels, weights, likelihood)
                if measure == "mcfadden"
                else _tjur(
                    columns,
                    patterns.levels,
                    _step_again(columns, patterns.levels, point, moved, weights),
                    weights,
                )
            )
        if measure == "mcfadden":
            _raise_to_submodels(block)
        blocks.append(block)
        slopes.append(moved.T)
    return np.concatenate(blocks), np.concatenate(slopes)


def _weights_of_samples(
    patterns: Patterns, n_bootstrap: int, random_state: int
) -> Iterator[Floats]:
    """Give the weights of the patterns in blocks of bootstrap samples of clusters."""
    n_patterns, n_clusters = patterns.by_cluster.shape
    rows = max(1, min(256, _BLOCK // max(n_patterns, n_clusters)))
    blocks = draw_counts(n_clusters, n_bootstrap, random_state=random_state, rows_at_once=rows)
    for counts in blocks:
        yield np.ascontiguousarray((patterns.by_cluster @ counts.T).T)


def _one_step(
    columns: Floats, levels: Ints, start: Floats, weights: Floats
) -> tuple[Floats, Floats]:
    """Take one Newton step in every sample, shortened where it would lead down."""
    slopes = differentiate(columns, levels, start)
    steps = newton_steps(weights @ slopes.first, weights @ slopes.second).T
    likelihood = weights @ log_likelihoods(columns, levels, start[:, None])[:, 0]
    moved = np.repeat(start[:, None], len(weights), axis=1)
    left = np.arange(len(weights))
    for size in _SIZES:
        tried = start[:, None] + size * steps[:, left]
        found = np.maximum(log_likelihoods(columns, levels, tried), _NEVER)
        after = np.einsum("bn,nb->b", weights[left], found)
        is_better = after >= likelihood[left]
        moved[:, left[is_better]] = tried[:, is_better]
        likelihood[left[is_better]] = after[is_better]
        left = left[~is_better]
        if not left.size:
            break
    return moved, likelihood


def _step_again(
    columns: Floats, levels: Ints, start: Floats, moved: Floats, weights: Floats
) -> Floats:
    """Take a second step with the curvature of the first: two levels, where probabilities count."""
    curvature = weights @ differentiate(columns, levels, start).second
    weighted = weights.T * find_residuals(columns, levels, moved)[0]
    slopes = np.vstack([-weighted.sum(axis=0), columns.T @ weighted]).T
    return moved + newton_steps(slopes, curvature).T


def _raise_to_submodels(values: Floats) -> None:
    """Let no set fit worse than one of its parts: one step can stop short, a new fit would not."""
    n_players = values.shape[1].bit_length() - 1
    for index in range(values.shape[1]):
        for i in range(n_players):
            if index >> i & 1:
                np.fmax(values[:, index], values[:, index - 2**i], out=values[:, index])


def _mcfadden(levels: Ints, weights: Floats, likelihood: Floats) -> Floats:
    """Give 1 - LL / LL0 of every sample; missing where a sample has one level only."""
    total = np.stack([weights[:, levels == k].sum(axis=1) for k in range(levels.max() + 1)])
    with np.errstate(invalid="ignore", divide="ignore"):
        alone = np.where(total > 0, total * np.log(total / total.sum(axis=0)), 0).sum(axis=0)
        return np.asarray(1 - likelihood / np.where(alone < 0, alone, np.nan))


def _tjur(columns: Floats, levels: Ints, parameters: Floats, weights: Floats) -> Floats:
    """Give the mean probability of the higher level where it is, less that where it is not."""
    likelihoods = log_likelihoods(columns, levels, parameters)
    is_high = levels == 1
    p_high = np.where(is_high[:, None], np.exp(likelihoods), -np.expm1(likelihoods))
    weighted = weights.T * p_high
    with np.errstate(invalid="ignore", divide="ignore"):
        high = weighted[is_high].sum(axis=0) / weights[:, is_high].sum(axis=1)
        low = weighted[~is_high].sum(axis=0) / weights[:, ~is_high].sum(axis=1)
    return np.asarray(high - low)


def _by_chance(
    players: Players,
    patterns: Patterns,
    parameters: list[Floats],
    n_null: int,
    *,
    random_state: int,
) -> Floats:
    """Give what each player adds to McFadden's measure when shuffled, shape (n_null, n_players)."""
    rng = np.random.default_rng([random_state, 1])
    rows, _ = sample_clusters(players, rng)
    clusters = np.unique(players.clusters[rows], return_inverse=True)[1].astype(np.int64)
    columns, weights = standardize(players.columns[rows], players.weights[rows])[0], players.weights
    total, everyone = patterns.weights, 2 ** len(players.names) - 1
    share = np.bincount(patterns.levels, total) / total.sum()
    alone = -total.sum() * float(share @ np.log(share))
    left: list[tuple[Floats, Floats]] = []
    for i in range(len(players.names)):
        used = _columns_in(players, everyone - 2**i)
        point = parameters[everyone - 2**i]
        found = find_residuals(patterns.columns[:, used], patterns.levels, point[:, None])
        of_row = patterns.of_row[rows]
        left.append((weights[rows] * found[0][of_row, 0], weights[rows] * found[1][of_row, 0]))
    result = np.empty((n_null, len(players.names)))
    for j in range(n_null):
        dealt = columns[shuffle_clusters(clusters, rng)]
        for i, (member, (residuals, curvatures)) in enumerate(
            zip(players.members, left, strict=True)
        ):
            own = dealt[:, member]
            own = own - curvatures @ own / curvatures.sum()
            score, information = residuals @ own, (own.T * curvatures) @ own
            inverse = np.linalg.pinv(information, rcond=1e-9, hermitian=True)
            result[j, i] = score @ inverse @ score / (2 * alone)
    return result


def _unscale(slopes: Floats, patterns: Patterns) -> Floats:
    """Turn slopes of standardized columns into log odds; missing of columns that do not vary."""
    return np.where(
        patterns.scale > 0, slopes / np.where(patterns.scale > 0, patterns.scale, 1), np.nan
    )


def _has_end(slopes: Floats, patterns: Patterns) -> npt.NDArray[np.bool_]:
    """Tell where log odds are finite: beyond 15 from end to end, one end of the outcome is sure."""
    return np.abs(slopes) * np.ptp(patterns.columns, axis=0) < _ENDLESS
