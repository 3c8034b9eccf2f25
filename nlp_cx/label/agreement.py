"""How far annotators agree: Cohen's kappa of pairs, Krippendorff's alpha of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import InputError

Numbers = npt.NDArray[np.float64]

ALL = "all"
"""In the column ``label``: all answers told apart, not one against the rest."""

_MOST_UNDEFINED = 0.05
"""Share of resamples without a value above which no interval is given."""


def measure_kappa(
    answers: pd.DataFrame,
    outputs: Mapping[str, Sequence[str]],
    *,
    unit: str = "task_id",
    n_samples: int = 2000,
    level: float = 0.95,
    random_state: int = 0,
) -> pd.DataFrame:
    """Compute Cohen's kappa of every two annotators, per question and per answer.

    Parameters
    ----------
    answers : DataFrame, one row per text and annotator
        `unit`, ``annotator`` and a column per question; a missing cell is no answer.
    outputs : mapping of str to sequence of str
        Questions and their answers.
    unit : str, default="task_id"
        Column that says which text it is.
    n_samples : int, default=2000
        Bootstrap samples of the texts.
    level : float, default=0.95
        Of the interval, 0 to 1.
    random_state : int, default=0

    Returns
    -------
    DataFrame, one row per question, answer and pair
        ``output``; ``label`` (``all``, or one answer against the rest); ``annotator_a,
        annotator_b``; ``n`` (texts that both answered); ``agreement`` (share of equal answers);
        ``kappa, kappa_low, kappa_high`` (-1 to 1); ``note`` (why a number is missing).

    Raises
    ------
    InputError
        If a column is missing, an annotator answers a text twice, or no text has two annotators.

    Notes
    -----
    ``kappa = (p_o - p_e) / (1 - p_e)``. Where both annotators give one and the same answer to all
    texts p_e is 1 and kappa is not defined: they may agree perfectly or press one button blindly,
    and nothing in the data tells. The interval is the percentile bootstrap over texts.

    References
    ----------
    Cohen (1960), A coefficient of agreement for nominal scales.

    Examples
    --------
    >>> answers = pd.DataFrame({"task_id": list("abcd") * 2, "annotator": ["1"] * 4 + ["2"] * 4,
    ...     "sentiment": ["positive", "positive", "negative", "negative",
    ...                   "positive", "negative", "negative", "negative"]})
    >>> found = measure_kappa(answers, {"sentiment": ("negative", "positive")})
    >>> found[["label", "n", "agreement", "kappa"]].values.tolist()[0]
    ['all', 4, 0.75, 0.5]
    """
    rng = np.random.default_rng(random_state)
    rows = []
    for output, sheet in _sheets(answers, outputs, unit).items():
        labels = outputs[output]
        for a, b in combinations(sheet.columns, 2):
            both = sheet[[a, b]].to_numpy()
            both = both[(both >= 0).all(axis=1)]
            confusion = np.zeros((len(labels), len(labels)))
            np.add.at(confusion, (both[:, 0], both[:, 1]), 1)
            samples = _resample(confusion.ravel(), n_samples, rng).reshape(-1, *confusion.shape)
            for k, label in enumerate([ALL, *labels]):
                chosen, table = samples, confusion
                if label != ALL:
                    chosen, table = _against_rest(samples, k - 1), _against_rest(confusion, k - 1)
                    if table[0].sum() + table[:, 0].sum() == 0:
                        continue  # neither of them ever gave this answer
                n = int(table.sum())
                row = {"output": output, "label": label, "annotator_a": a, "annotator_b": b, "n": n}
                row["agreement"] = float(np.trace(table) / n) if n else np.nan
                rows.append(row | _estimate("kappa", cohen_kappa, table, chosen, level=level))
    return pd.DataFrame(rows)


def measure_alpha(
    answers: pd.DataFrame,
    outputs: Mapping[str, Sequence[str]],
    *,
    unit: str = "task_id",
    n_samples: int = 2000,
    level: float = 0.95,
    random_state: int = 0,
) -> pd.DataFrame:
    """Compute Krippendorff's alpha of all annotators, per question and per answer.

    Parameters
    ----------
    answers, outputs, unit, n_samples, level, random_state
        As for `measure_kappa`.

    Returns
    -------
    DataFrame, one row per question and answer
        ``output``; ``label`` (``all``, or one answer against the rest); ``n_texts`` (with answers
        by two annotators or more), ``n_answers`` (to these), ``n_annotators``; ``agreement``
        (share of pairs of answers to one text that are equal); ``alpha, alpha_low, alpha_high``;
        ``note`` (why a number is missing).

    Raises
    ------
    InputError
        As `measure_kappa`.

    Notes
    -----
    Nominal alpha, ``1 - D_o / D_e`` from the coincidence matrix: any number of annotators, any
    missing answers. Not defined where all answers are the same. The interval is the percentile
    bootstrap over texts.

    References
    ----------
    Krippendorff (2011), Computing Krippendorff's alpha-reliability.
    """
    rng = np.random.default_rng(random_state)
    rows = []
    for output, sheet in _sheets(answers, outputs, unit).items():
        labels = outputs[output]
        codes = sheet.to_numpy()
        tallies = np.stack([(codes == k).sum(axis=1) for k in range(len(labels))], axis=1)
        tallies = tallies[tallies.sum(axis=1) >= 2]
        kinds, times = np.unique(tallies, axis=0, return_counts=True)
        drawn = _resample(times.astype(float), n_samples, rng)
        used = sheet.to_numpy()[(codes >= 0).sum(axis=1) >= 2]
        for k, label in enumerate([ALL, *labels]):
            pairs = coincidences(kinds)
            if label != ALL:
                if not len(kinds) or kinds[:, k - 1].sum() == 0:
                    continue
                pairs = _against_rest(pairs, k - 1)
            total = np.tensordot(times, pairs, 1)
            samples = np.tensordot(drawn, pairs, 1)
            n = total.sum()
            row = {
                "output": output,
                "label": label,
                "n_texts": len(tallies),
                "n_answers": int(tallies.sum()),
                "n_annotators": int((used >= 0).any(axis=0).sum()),
                "agreement": float(np.trace(total) / n) if n else np.nan,
            }
            rows.append(row | _estimate("alpha", krippendorff_alpha, total, samples, level=level))
    return pd.DataFrame(rows)


def cohen_kappa(confusion: npt.NDArray[np.floating]) -> Numbers:
    """Give Cohen's kappa of confusion matrices.

    Parameters
    ----------
    confusion : ndarray, shape (..., k, k)
        Texts by the answers of two annotators.

    Returns
    -------
    ndarray of float64, shape (...)
        Not a number where chance alone gives agreement.

    Examples
    --------
    >>> float(cohen_kappa(np.array([[20.0, 5.0], [10.0, 15.0]])).round(3))
    0.4
    """
    n = confusion.sum(axis=(-2, -1))
    observed = np.trace(confusion, axis1=-2, axis2=-1) * n
    expected = (confusion.sum(axis=-1) * confusion.sum(axis=-2)).sum(axis=-1)
    room = n * n - expected
    return np.divide(
        observed - expected, room, out=np.full(np.shape(n), np.nan), where=room > 1e-9 * n * n
    )


def krippendorff_alpha(pairs: npt.NDArray[np.floating]) -> Numbers:
    """Give nominal alpha of coincidence matrices.

    Parameters
    ----------
    pairs : ndarray, shape (..., k, k)
        Sums of `coincidences`.

    Returns
    -------
    ndarray of float64, shape (...)
        Not a number where there is only one answer.

    Examples
    --------
    >>> matrix = coincidences(np.array([[2, 0], [2, 0], [1, 1], [0, 2]])).sum(axis=0)
    >>> float(krippendorff_alpha(matrix).round(3))
    0.533
    """
    per_label = pairs.sum(axis=-1)
    n = per_label.sum(axis=-1)
    different = n - np.trace(pairs, axis1=-2, axis2=-1)
    expected = n * n - (per_label**2).sum(axis=-1)
    out = np.full(np.shape(n), np.nan)
    ratio = np.divide((n - 1) * different, expected, out=out, where=expected > 1e-9)
    return 1 - ratio


def coincidences(tallies: npt.NDArray[np.integer]) -> Numbers:
    """Give the coincidence matrix of each text.

    Parameters
    ----------
    tallies : ndarray of int, shape (n_texts, k)
        How many annotators gave each answer; two or more a text.

    Returns
    -------
    ndarray of float64, shape (n_texts, k, k)
        All ordered pairs of answers by different annotators, over m - 1: each sums to m.
    """
    counts = tallies.astype(np.float64)
    m = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(counts.shape[1])
    pairs[:, diagonal, diagonal] -= counts
    return np.asarray(pairs / np.maximum(m - 1, 1)[:, None, None])


def _sheets(
    answers: pd.DataFrame, outputs: Mapping[str, Sequence[str]], unit: str
) -> dict[str, pd.DataFrame]:
    """Lay the answers to each question out as texts by annotators; -1 where there is none."""
    missing = [name for name in (unit, "annotator") if name not in answers.columns]
    there = [name for name in outputs if name in answers.columns]
    if missing or not there:
        raise InputError(
            f"no column {(missing or list(outputs))[0]!r}: expected a row per text and annotator, "
            "as nlp-cx label import writes it."
        )
    twice = answers[answers.duplicated([unit, "annotator"])]
    if len(twice):
        first = twice.iloc[0]
        raise InputError(
            f"annotator {first['annotator']!r} answers {unit} {first[unit]!r} twice (and "
            f"{len(twice) - 1:,} more). Keep one answer each."
        )
    if answers.groupby(unit)["annotator"].nunique().max() < 2:
        raise InputError(
            f"none of {answers[unit].nunique():,} texts has answers by two annotators: nothing to "
            "compare. Let a second person label some of them."
        )
    sheets = {}
    for output in there:
        codes = {label: k for k, label in enumerate(outputs[output])}
        written = answers[output]
        strange = sorted(set(written.dropna()) - set(codes))
        if strange:
            raise InputError(
                f"{output} holds {strange[0]!r}, expected one of {', '.join(codes)}. Import the "
                "answers with nlp-cx label import first."
            )
        long = answers[[unit, "annotator"]].assign(code=written.map(codes).fillna(-1).astype(int))
        wide = long.pivot(index=unit, columns="annotator", values="code")
        sheets[output] = wide.fillna(-1).astype(int)
    return sheets


def _against_rest(tables: Numbers, k: int) -> Numbers:
    """Merge all answers but one."""
    one = tables[..., k, k]
    row, column = tables[..., k, :].sum(axis=-1), tables[..., :, k].sum(axis=-1)
    rest = tables.sum(axis=(-2, -1)) - row - column + one
    return np.stack(
        [np.stack([one, row - one], axis=-1), np.stack([column - one, rest], axis=-1)], axis=-2
    )


def _resample(times: Numbers, n_samples: int, rng: np.random.Generator) -> Numbers:
    """Draw as many texts with replacement, counted by kind: a multinomial of the counts."""
    n = int(times.sum())
    if n == 0 or len(times) == 0:
        return np.zeros((n_samples, len(times)))
    return rng.multinomial(n, times / n, size=n_samples).astype(np.float64)


def _estimate(
    name: str,
    statistic: Callable[[Numbers], Numbers],
    table: Numbers,
    samples: Numbers,
    *,
    level: float,
) -> dict[str, object]:
    """Give a coefficient with its interval, or the reason why there is none."""
    value = float(statistic(table))
    low = high = np.nan
    note = ""
    if table.sum() == 0:
        note = "no text was answered by both" if name == "kappa" else "no text has two answers"
    elif np.isnan(value):
        note = "only one answer occurs: agreement beyond chance is not defined"
    else:
        found = statistic(samples)
        undefined = float(np.isnan(found).mean())
        if undefined > _MOST_UNDEFINED:
            note = f"no interval: {undefined:.0%} of the resamples hold one answer only"
        else:
            tail = 100 * (1 - level) / 2
            low, high = np.nanpercentile(found, [tail, 100 - tail]).tolist()
    return {name: value, f"{name}_low": low, f"{name}_high": high, "note": note}
