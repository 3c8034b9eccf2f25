"""What to do first and why: importance, performance, Kano class, criticism and what-if together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.findings.action_rule import CODES, decide_action
from nlp_cx.errors import SchemaError

_COLUMNS = (
    *("driver", "rank", "code", "reasons", "share", "share_low", "share_high", "p_null", "q_null"),
    *("performance", "performance_low", "performance_high", "kano_class", "p_kano"),
    *("share_negative", "share_negative_low", "share_negative_high"),
    *("penalty", "penalty_low", "penalty_high", "reward", "reward_low", "reward_high"),
    *("what_if_gain", "what_if_gain_low", "what_if_gain_high", "quadrant", "p_quadrant", "n"),
)


def rank_actions(
    tables: Mapping[str, pd.DataFrame],
    driver_shares: pd.DataFrame,
    *,
    higher_is_better: bool = True,
    max_q: float = 0.05,
    often: float = 0.05,
) -> pd.DataFrame:
    """Say for every driver whether to repair, improve, protect or watch it, and in which order.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        ``OutcomeTables.tables`` of `analyze_outcome`: *importance*, and as far as they are there
        *penalty_reward*, *performance*, *what_if*.
    driver_shares : DataFrame
        Of `driver_shares`, without groups and periods.
    higher_is_better : bool, default=True
        False for churn, effort, waiting.
    max_q : float, default=0.05
        Largest ``q_null`` of a driver whose importance is taken to be more than chance.
    often : float, default=0.05
        A driver is criticised often when the interval of the share of texts that do lies above it.

    Returns
    -------
    DataFrame, one row per driver, the first to deal with first
        ``driver``; ``rank``, missing where unclear; ``code``, see `CODES`; ``reasons``: codes of
        `REASONS` joined by ``;``; ``share`` with ``_low, _high``: importance; ``p_null, q_null``:
        of chance; ``performance`` with ends; ``kano_class`` where settled, ``p_kano``: how sure;
        ``share_negative`` with ends: of the texts, corrected where a labelled sample exists;
        ``penalty``, ``reward`` with ends; ``what_if_gain`` with ends: difference of the mean
        outcome that is associated with no text criticising the driver, the most there is to gain;
        ``quadrant``, ``p_quadrant``; ``n``: units. ``attrs["note"]``.

    Raises
    ------
    SchemaError
        If importance or the shares are missing, or the shares are parted.

    Notes
    -----
    A driver is *supported* when its importance is more than chance (q_null at most `max_q`) and
    criticism goes with a worse outcome, or praise with a better one, by an interval that does not
    hold 0. Without that it is **unclear**, whatever its place on a chart. Of the supported ones:

    1. **repair_first**: a basic factor (Kano class settled: criticism counts far more than
       praise), not clearly less important than the average, whose criticism counts and which is
       criticised often or done worse than the others, by an interval below the cross-hair. Nobody
       thanks for it, but nothing else makes up for it, so it comes before a factor of any other
       class. One that is clearly less important goes with little whatever is done: it is watched.
    2. **improve**: criticism counts, is frequent or performance below the others, and importance
       is not clearly below the average. The classical "concentrate here"; but the cross-hair of
       means finds half of the drivers good however bad all are, so that frequent criticism that
       counts is enough, even of the driver that is done best.
    3. **protect**: importance not clearly below the average, seldom criticised, and not below the
       others: keep it up.
    4. **watch**: the rest: it counts, but little or rarely.

    Within repair_first and improve the order is by the end of the interval of ``what_if_gain``
    that is nearer to 0, so that a large but unsure gain does not come before a sure one; within
    protect and watch by the lower end of importance; ties in the order of the table. A driver that
    all criticise alike goes with no difference of the outcome and is not found here: look at
    ``share_negative`` too. All of it is association; that repair changes the outcome is a
    hypothesis worth a test.

    References
    ----------
    Martilla and James (1977), Importance-performance analysis, Journal of Marketing 41, 77-79, for
    the quadrants; Matzler, Bailom, Hinterhuber, Renzl and Pichler (2004), The asymmetric
    relationship between attribute-level performance and overall customer satisfaction: a
    reconsideration of the importance-performance analysis, Industrial Marketing Management 33,
    271-277, for basic factors first. The limits 0.05 are ours.

    Examples
    --------
    >>> importance = pd.DataFrame({"driver": ["service", "price"], "share": [.8, .2],
    ...     "share_low": [.7, .1], "share_high": [.9, .3], "q_null": [.005, .4]})
    >>> contrasts = pd.DataFrame({"driver": ["service", "price"], "kano_class": ["basic", None],
    ...     "penalty": [-1.2, -.1], "penalty_low": [-1.4, -.4], "penalty_high": [-1.0, .2]})
    >>> shares = pd.DataFrame({"driver": ["service", "price"], "polarity": "negative",
    ...     "share": [.2, .1], "low": [.17, .08], "high": [.23, .13]})
    >>> table = rank_actions({"importance": importance, "penalty_reward": contrasts}, shares)
    >>> table[["driver", "code", "reasons"]].values.tolist()[0]
    ['service', 'repair_first', 'basic;important;often_criticised;criticism_counts']
    >>> table[["driver", "code", "reasons"]].values.tolist()[1]
    ['price', 'unclear', 'importance_by_chance;criticism_unclear;praise_unclear']
    """
    table = _gather(tables, driver_shares)
    better = 1.0 if higher_is_better else -1.0
    found = [
        decide_action(row, better=better, max_q=max_q, often=often) for _, row in table.iterrows()
    ]
    table["code"] = [code for code, _ in found]
    table["reasons"] = [";".join(reasons) for _, reasons in found]
    table["order"] = [CODES.index(code) for code in table["code"]]
    ends = better * table[["what_if_gain_low", "what_if_gain_high"]]
    sure = ends.min(axis=1, skipna=False).fillna(-np.inf)
    is_work = table["order"] < CODES.index("protect")
    table["key"] = sure.where(is_work, table["share_low"].fillna(-np.inf))
    table = table.sort_values(["order", "key"], ascending=[True, False], kind="stable")
    table = table.reset_index(drop=True)
    is_clear = table["code"] != "unclear"
    table["rank"] = pd.Series(np.arange(1, len(table) + 1), dtype="Int64").where(is_clear)
    result = table[list(_COLUMNS)]
    result.attrs["note"] = NOTE
    return result


def _gather(tables: Mapping[str, pd.DataFrame], shares: pd.DataFrame) -> pd.DataFrame:
    """Put what is known of each driver into one row."""
    if "importance" not in tables:
        raise SchemaError("no table 'importance', expected the tables of analyze_outcome")
    parted = [name for name in ("group", "period") if name in shares.columns]
    if parted or not {"driver", "polarity", "share", "low", "high"} <= set(shares.columns):
        raise SchemaError(
            "driver_shares has to be one row per driver and polarity"
            + (f", not by {', '.join(parted)}" if parted else "")
        )
    table = pd.DataFrame({"driver": tables["importance"]["driver"].to_numpy()})
    wanted = {
        "importance": ("share", "share_low", "share_high", "p_null", "q_null", "n"),
        "penalty_reward": (
            *("penalty", "penalty_low", "penalty_high", "reward", "reward_low", "reward_high"),
            *("kano_class", "p_basic", "p_performance", "p_excitement"),
        ),
        "performance": (
            *("performance", "performance_low", "performance_high", "performance_cut"),
            *("share_cut", "quadrant", "p_quadrant"),
        ),
    }
    for name, columns in wanted.items():
        given = tables.get(name, pd.DataFrame({"driver": []}))
        part = given.reindex(columns=["driver", *columns]).drop_duplicates("driver")
        table = table.merge(part, on="driver", how="left", validate="one_to_one")
    negative = shares[shares["polarity"] == "negative"].set_index("driver")
    for end, plain, corrected in (
        ("", "share", "corrected"),
        ("_low", "low", "corrected_low"),
        ("_high", "high", "corrected_high"),
    ):
        best = negative[plain].astype(np.float64)
        if "corrected" in negative.columns:
            best = negative[corrected].astype(np.float64).where(negative["corrected"].notna(), best)
        table[f"share_negative{end}"] = table["driver"].map(best)
    gains = _read_gains(tables.get("what_if"))
    for name in ("what_if_gain", "what_if_gain_low", "what_if_gain_high"):
        table[name] = table["driver"].map(gains[name]).astype(np.float64)
    classes = table["kano_class"].astype(object).where(table["kano_class"].notna(), None)
    table["kano_class"] = classes
    table["p_kano"] = [
        np.nan if one is None else row[f"p_{one}"]
        for one, row in zip(classes, table.to_dict("records"), strict=True)
    ]
    table["quadrant"] = table["quadrant"].astype(object).where(table["quadrant"].notna(), None)
    cut = table["share_cut"].astype(np.float64)
    # Without the chart the average importance of the drivers is the cut: the same number.
    table["share_cut"] = cut.fillna(table["share"].astype(np.float64).mean())
    return table


def _read_gains(what_if: pd.DataFrame | None) -> pd.DataFrame:
    """Scale what goes with a point less criticism to all criticism there is, by driver."""
    names = ["what_if_gain", "what_if_gain_low", "what_if_gain_high"]
    if what_if is None:
        return pd.DataFrame(columns=names, dtype=np.float64)
    rows = what_if[(what_if["pole"] == "negative") & (what_if["points_applied"] != 0)]
    rows = rows.drop_duplicates("driver").set_index("driver")
    scale = (rows["share_now"] / rows["points_applied"].abs()).astype(np.float64)
    columns = {
        name: rows[column].astype(np.float64) * scale
        for name, column in zip(names, ("estimate", "low", "high"), strict=True)
    }
    return pd.DataFrame(columns)
