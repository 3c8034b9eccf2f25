"""Estimate the parameters of the cost of negative experience from an O+X table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.cost.shares import (
    BRANCHES,
    COLUMNS,
    CORRECTION,
    FATES,
    make_corrected_row,
    make_row,
)
from nlp_cx.analyze.design import as_numbers, code_clusters
from nlp_cx.errors import AnalysisError, SchemaError

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

Counts = tuple[float, float]
"""Hits and cases, e.g. ``(160, 200)``."""


def estimate_parameters(
    ox: pd.DataFrame,
    negative: str,
    complained: str,
    retained: str,
    *,
    at_risk: str | None = None,
    revenue: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    sensitivity: Counts | None = None,
    specificity: Counts | None = None,
    confidence: float = 0.95,
    min_n: int = 30,
) -> pd.DataFrame:
    """Estimate the parameters of `amounts.negative_cost` from a table.

    Parameters
    ----------
    ox : DataFrame, best one row per customer
    negative : str
        Truth column: the experience was negative. Rows without it are left out everywhere.
    complained : str
        Truth column, or a number of complaints.
    retained : str
        Truth column: the customer bought again, renewed, is still there.
    at_risk : str, optional
        Truth column, read where `retained` is true: may leave. Without it, at_risk and kept are not
        known and stay missing.
    revenue : str, optional
        Revenue of each row. Then all shares are shares of revenue, and the sum over the whole
        table, whatever its rows say else, is the parameter ``revenue``. Without it shares are of
        rows, and ``revenue`` has to be typed in.
    weights : str, optional
        Of rows, e.g. for those who give no feedback; for shares, not for the sum of revenue.
    cluster : str, optional
        Rows of one customer, which are not independent.
    sensitivity, specificity : (float, float), optional
        `negative` is from a classifier: of the truly negative (the others) of a labelled sample,
        how many it called so, and how many there were. Both or none.
    confidence : float
    min_n : int
        A share of fewer rows than this is missing.

    Returns
    -------
    DataFrame, one row per parameter
        ``parameter``; ``estimate, low, high``; ``n``, rows; ``n_effective``, equally weighted
        independent rows that would tell as much; ``interval``; ``source``; ``reason``.

    Raises
    ------
    SchemaError
        If columns are missing or are neither truth values nor numbers.
    AnalysisError
        If no row says whether it was negative, a revenue is below 0, or only one of `sensitivity`
        and `specificity` is given.

    Notes
    -----
    Shares are ratios of weighted sums; their variance is that of the linearised ratio, summed
    within clusters, and becomes ``n_effective`` = share (1 - share) / variance, at most `n`.

    With `sensitivity` and `specificity`, a row counts as (called negative + specificity - 1) /
    (sensitivity + specificity - 1) of a negative experience (Rogan and Gladen), so that the fates
    of wrongly called rows are taken out too. That assumes errors are as frequent among complainers
    and lost customers as among others; complaints are often clearer, so look at the classifier
    there. The uncertainty of both rates is carried into the negative share only.

    In 500 simulated tables of 1,500 rows the 95 % interval of the revenue lost covered the truth in
    94.6 %; with errors corrected (sensitivity 0.80, specificity 0.95, from 600 labelled texts) in
    98.6 %: it is too wide then, because draws of the parameters are independent where the
    correction ties them together.

    Examples
    --------
    >>> ox = pd.DataFrame({
    ...     "is_negative": [True] * 40 + [False] * 60, "o_tickets": [1, 0] * 50,
    ...     "o_retained": [True, True, False, False] * 25})
    >>> table = estimate_parameters(
    ...     ox, "is_negative", "o_tickets", "o_retained", min_n=10).set_index("parameter")
    >>> table.loc[["negative_share", "complaint_share", "silent_lost"], "estimate"].tolist()
    [0.4, 0.5, 0.5]
    >>> table.loc["silent_kept", "reason"]
    'no column tells who is at risk'
    """
    columns = [negative, complained, retained, at_risk, revenue, weights, cluster]
    _check_columns(ox, columns)
    if (sensitivity is None) != (specificity is None):
        raise AnalysisError("sensitivity and specificity correct together: give both or none")
    is_negative = _as_flags(ox, negative)
    known = ~np.isnan(is_negative)
    if not known.any():
        raise AnalysisError(f"{negative!r} is missing in all {len(ox):,} rows")
    size = _sizes(ox, revenue, weights)
    known &= size > 0
    rows = np.flatnonzero(known).astype(np.int64)
    cases = _Cases(
        size[rows], code_clusters(ox, cluster, rows), is_negative[rows], min_n, confidence
    )
    table = [_revenue_row(ox, revenue)] if revenue is not None else []
    if sensitivity is not None and specificity is not None:
        table += _correct(cases, negative, sensitivity, specificity)
    else:
        source = f"{negative} in {rows.size:,} rows"
        table.append(cases.share("negative_share", is_negative[rows], np.ones(rows.size), source))
    complaint = _as_flags(ox, complained)[rows]
    among = "negative rows" if sensitivity is None else "rows, errors taken out"
    table.append(cases.share("complaint_share", complaint, cases.z, f"{complained} among {among}"))
    kept = _as_flags(ox, retained)[rows]
    risk = None if at_risk is None else _as_flags(ox, at_risk)[rows]
    for branch, in_branch in zip(BRANCHES, (complaint, 1 - complaint), strict=True):
        source = f"{retained}{'' if at_risk is None else f', {at_risk}'} among {branch} {among}"
        table += _branch(cases, branch, in_branch, (kept, risk), source)
    return pd.DataFrame(table, columns=[*COLUMNS, "reason"])


@dataclass(slots=True)
class _Cases:
    """Rows with their size, cluster, and how much of a negative experience each counts."""

    size: Floats
    clusters: npt.NDArray[np.int64]
    z: Floats
    min_n: int
    confidence: float

    def share(self, name: str, hit: Floats, part: Floats, source: str) -> dict[str, object]:
        """Estimate the share of hits among rows that count `part` (0 where they do not)."""
        estimate, n, n_effective, reason = self.ratio(hit, part)
        return make_row(
            name,
            estimate,
            n=n,
            n_effective=n_effective,
            source=source,
            confidence=self.confidence,
            reason=reason,
        )

    def ratio(self, hit: Floats, part: Floats) -> tuple[float, float, float, str | None]:
        """Give share, rows, effective rows, and why the share is missing."""
        count = np.where(np.isnan(hit) | np.isnan(part), 0.0, self.size * part)
        n = float((count > 0).sum())  # rows that were called negative, where that is asked
        if n < self.min_n:
            return np.nan, n, np.nan, f"{n:,.0f} rows, fewer than {self.min_n:,}"
        total = count.sum()
        if total <= 0:
            return np.nan, n, np.nan, "no negative experience is left after the correction"
        hit = np.nan_to_num(hit)
        share = float((count * hit).sum() / total)
        if not -1e-9 <= share <= 1 + 1e-9:
            return np.nan, n, np.nan, f"the correction gives {share:.3f}, which is no share"
        share = min(max(share, 0.0), 1.0)
        residual = np.bincount(self.clusters, count * (hit - share) / total)
        n_clusters = np.unique(self.clusters[count != 0]).size
        variance = float((residual**2).sum()) * n_clusters / max(n_clusters - 1, 1)
        weight = np.bincount(self.clusters, np.abs(count))
        equal = float(weight.sum() ** 2 / (weight**2).sum())
        wanted = share * (1 - share) / variance if variance > 0 else equal
        return share, n, min(wanted, n), None


def _branch(
    cases: _Cases, branch: str, in_branch: Floats, fates: tuple[Floats, Floats | None], source: str
) -> list[dict[str, object]]:
    """Estimate what becomes of a branch."""
    retained, risk = fates
    part = cases.z * in_branch
    hits = {"lost": 1 - retained}
    if risk is not None:
        # Who left is not at risk, whatever the column says; who stayed needs a word on it.
        hits["at_risk"] = np.where(retained == 0, 0.0, risk)
        hits["kept"] = np.where(retained == 0, 0.0, 1 - risk)
        unknown = np.isnan(hits["at_risk"]) | np.isnan(retained)
        part = np.where(unknown, np.nan, part)
    found = {fate: cases.ratio(hit, part) for fate, hit in hits.items()}
    rows = []
    n_effective = _mean_effective([ratio for ratio in found.values() if ratio[3] is None])
    for fate in FATES:
        missing = (np.nan, np.nan, np.nan, "no column tells who is at risk")
        estimate, n, _, reason = found.get(fate, missing)
        known = reason is None
        rows.append(
            make_row(
                f"{branch}_{fate}",
                estimate,
                n=n,
                n_effective=n_effective if known else np.nan,
                source=source,
                confidence=cases.confidence,
                reason=reason,
            )
        )
    return rows


def _mean_effective(ratios: list[tuple[float, float, float, str | None]]) -> float:
    """Give one effective number for a branch: all variances over what independent rows have."""
    spread = [share * (1 - share) for share, _, _, _ in ratios]
    if not ratios:
        return np.nan
    if sum(spread) == 0:
        return min(n for _, _, n, _ in ratios)
    variance = sum(s / n for s, (_, _, n, _) in zip(spread, ratios, strict=True))
    return sum(spread) / variance


def _correct(
    cases: _Cases, negative: str, sensitivity: Counts, specificity: Counts
) -> list[dict[str, object]]:
    """Take the classifier's errors out, and change what each row counts."""
    called = cases.z
    rates = {}
    for name, (hits, n) in (("sensitivity", sensitivity), ("specificity", specificity)):
        if not 0 <= hits <= n or n < 1:
            raise AnalysisError(f"{name} is {hits:g} of {n:g}, expected hits and cases, (160, 200)")
        rates[name] = make_row(
            name, hits / n, n=n, source="labelled sample", confidence=cases.confidence
        )
    right, quiet = sensitivity[0] / sensitivity[1], specificity[0] / specificity[1]
    if right + quiet <= 1:
        raise AnalysisError(
            f"sensitivity {right:g} and specificity {quiet:g}: no better than chance, so the "
            "negative share cannot be corrected"
        )
    observed = cases.share(
        "observed_negative_share", called, np.ones(called.size), f"{negative}, as classified"
    )
    cases.z = (called + quiet - 1) / (right + quiet - 1)
    rows = {"observed_negative_share": observed} | rates
    parts = [rows[name] for name in CORRECTION]
    return [make_corrected_row(parts, confidence=cases.confidence), *parts]


def _revenue_row(ox: pd.DataFrame, revenue: str) -> dict[str, object]:
    """Sum the revenue of all rows, with or without a known experience."""
    total = as_numbers(ox, revenue)
    source = f"sum of {revenue} in {int((~np.isnan(total)).sum()):,} rows"
    return make_row("revenue", float(np.nansum(total)), n=None, source=source)


def _sizes(ox: pd.DataFrame, revenue: str | None, weights: str | None) -> Floats:
    """Give what each row counts: revenue times weight; NaN where either is missing."""
    size = np.ones(len(ox))
    for name in (revenue, weights):
        if name is None:
            continue
        numbers = as_numbers(ox, name)
        if (numbers < 0).any():
            raise AnalysisError(
                f"{name!r}: {int((numbers < 0).sum()):,} values are below 0, expected 0 or more. "
                "Net refunds against their orders first."
            )
        size = size * numbers
    return size


def _as_flags(ox: pd.DataFrame, name: str) -> Floats:
    """Give a truth column, or whether a number is above 0, as 1, 0 and NaN."""
    numbers = as_numbers(ox, name)
    return np.where(np.isnan(numbers), np.nan, (numbers > 0).astype(float))


def _check_columns(ox: pd.DataFrame, names: list[str | None]) -> None:
    """Raise one error that names every column that is missing."""
    missing = [repr(name) for name in names if name is not None and name not in ox.columns]
    if missing:
        raise SchemaError(
            f"no column {', '.join(missing)}; the table has {', '.join(map(str, ox.columns))}"
        )
