"""At most five findings, chosen for what is supported, large, wide and not all the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields

import numpy as np
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.findings.candidates import (
    Candidate,
    find_action,
    find_caveats,
    find_changes,
    find_conversations,
    find_groups,
    find_opinions,
    find_states,
    find_terms,
)
from nlp_cx.errors import ConfigError

KINDS = ("action", "news", "state", "conversation", "group")
"""Kinds of findings; of each the heaviest is taken before any gets a second one."""

CODES = (
    *("top_driver", "most_criticised", "most_praised", "repair_first", "improve", "change"),
    *(
        "repair_next",
        "criticised_term",
        "emerging_term",
        "group_differs",
        "unresolved",
        "asked_escalation",
        "repeated",
    ),
    *("ended_negative", "mood_changes", "low_coverage", "data_quality", "nothing_clear"),
)

MAX_PER_DRIVER = 2

_TERMS = ("emerging_term", "criticised_term")

_SAID_WITH_ACTION = ("top_driver", "most_criticised", "most_praised")
"""Codes that say of the driver to look at first what is said with it, or that it is praised too."""

_COLUMNS = (
    *("rank", "code", "driver", "polarity", "group", "period", "label", "estimate", "low", "high"),
    *("n", "unit", "target", "tone", "weight", "kind"),
)


def choose_findings(
    tables: Mapping[str, pd.DataFrame],
    *,
    outcome_tables: Mapping[str, pd.DataFrame] | None = None,
    higher_is_better: bool = True,
    max_findings: int = 5,
) -> pd.DataFrame:
    """Choose what matters now.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Whatever there is of *driver_shares*, *changes*, *actions*, *emerging_terms*,
        *conversation_measures*, *coverage*, *quality*.
    outcome_tables : mapping of str to DataFrame, optional
        ``OutcomeTables.tables`` of the main outcome: *importance* and *groups*.
    higher_is_better : bool, default=True
        Of that outcome.
    max_findings : int, default=5

    Returns
    -------
    DataFrame, one row per finding, the heaviest first, caveats last
        ``rank``, from 1; ``code``, see below; ``driver``, ``polarity``, ``group``, ``period``,
        ``label`` (a term, measure, check or table); ``estimate``, ``low``, ``high``; ``n``: texts,
        units or conversations; ``unit``: *share*, *share_change*, *score_change* (of the
        sentiment), *outcome*, *outcome_change*, *ratio*; ``target``: the table with the evidence;
        ``tone``: good, bad, neutral; ``weight``; ``kind``. The codes:

        - *repair_first*, *improve*: the first of `rank_actions`; the gain of the outcome that is
          associated with no criticism of the driver; *repair_next*: the second one, where it is of
          these two too; *criticised_term*: the opinion term (``label``) that is written most often
          of what is criticised, ``n``: texts of its language;
        - *change*: since the last period, of ``label`` outcome, sentiment, sentiment_share or
          driver_share; *emerging_term*: ``estimate`` is the ratio of its shares;
        - *top_driver* (share of the importance), *most_criticised*, *most_praised* (share of the
          texts);
        - *group_differs*: a group less the others, in ``label`` outcome, negative or positive;
        - *unresolved*, *asked_escalation*, *repeated*, *ended_negative* (shares of the
          conversations), *mood_changes* (last turn less first);
        - *low_coverage*, *data_quality*: caveats, at most one;
        - *nothing_clear*: nothing is supported; the only finding then beside a caveat.

    Raises
    ------
    ConfigError
        If `max_findings` is below 1.

    Notes
    -----
    **Supported** means: importance more than chance and first in 80 % of the bootstrap samples;
    first place in criticism or praise by intervals that do not meet; adjusted p at most 0.05 of
    changes and groups; false discovery control of terms; an interval away from 0.

    **Weight** is effect times reach: the effect in units of a medium effect (Cohen: h 0.5, d 0.5,
    r 0.3), at most 2, the reach as the share of texts or units it is about (of
    conversations: of all texts, so that two dozen do not outweigh hundreds of reviews). An effect
    below 0.2
    (d 0.1) is left out: among very many texts every difference is significant. An action weighs
    its gain in terms of what lies between criticism and praise, and its share of criticism; praise
    weighs half.

    **Diverse**: the heaviest of each kind (`KINDS`) is taken first, then the heaviest of the rest;
    never more than two of one driver, and no code twice but *change* and *group_differs*, those of
    different drivers. The driver of the action is not named again as the one that matters most or
    is criticised most: the action says so. An emerging term counts for no driver.

    Examples
    --------
    >>> shares = pd.DataFrame({"driver": ["price", "service"], "polarity": "negative",
    ...     "share": [.30, .05], "low": [.28, .04], "high": [.32, .06], "of": 2000})
    >>> choose_findings({"driver_shares": shares})[["rank", "code", "driver"]].values.tolist()
    [[1, 'most_criticised', 'price']]
    >>> choose_findings({})["code"].tolist()
    ['nothing_clear']
    """
    if max_findings < 1:
        raise ConfigError(f"max_findings is {max_findings}, expected 1 or more")
    outcome = outcome_tables or {}
    found = [
        *find_action(tables),
        *find_changes(tables, higher_is_better=higher_is_better),
        *find_terms(tables),
        *find_states(tables, outcome),
        *find_opinions(tables),
        *find_conversations(tables),
        *find_groups(outcome, higher_is_better=higher_is_better),
    ]
    found = [one for one in found if one.weight > 0]
    caveats = sorted(find_caveats(tables), key=_order)[:1]
    chosen = _choose(sorted(found, key=_order), max_findings - len(caveats))
    if not chosen:
        chosen = [
            Candidate(
                "state", "nothing_clear", _place_evidence(tables), np.nan, np.nan, np.nan,
                _count_texts(tables), "share", "neutral", 0.0,
            )
        ]  # fmt: skip
    ranked = [*sorted(chosen, key=_order), *caveats][:max_findings]
    result = pd.DataFrame(
        [asdict(one) for one in ranked], columns=[field.name for field in fields(Candidate)]
    )
    for name in ("driver", "polarity", "group", "period", "label"):
        result[name] = result[name].astype(object).where(result[name].notna(), None)
    for name in ("estimate", "low", "high", "weight"):
        result[name] = result[name].astype(np.float64)
    result["rank"] = np.arange(1, len(result) + 1)
    result = result[list(_COLUMNS)]
    result.attrs["note"] = NOTE
    return result


def _order(one: Candidate) -> tuple[object, ...]:
    """Sort by weight, ties by name, so that the order of the tables does not matter."""
    names = (one.code, one.driver, one.polarity, one.group, one.label)
    return (-round(one.weight, 9), *(name or "" for name in names))


def _choose(found: list[Candidate], n: int) -> list[Candidate]:
    """Take the heaviest of each kind, then of the rest."""
    chosen: list[Candidate] = []
    for kind in KINDS:
        mine = [one for one in found if one.kind == kind and _is_new(one, chosen)]
        chosen += mine[:1]
    chosen = sorted(chosen, key=_order)
    for one in found:
        if one not in chosen and _is_new(one, chosen):
            chosen.append(one)
    # Without room for all kinds those that tell what to do, and what is new, stay.
    kept = (
        sorted(chosen[: len(KINDS)], key=lambda one: KINDS.index(one.kind)) + chosen[len(KINDS) :]
    )
    return kept[: max(n, 1)]


def _is_new(one: Candidate, chosen: list[Candidate]) -> bool:
    """Tell whether a finding says something that the others do not."""
    if one.code in _SAID_WITH_ACTION and any(
        other.kind == "action" and other.driver == one.driver for other in chosen
    ):
        return False
    about = [other for other in chosen if other.code not in _TERMS]
    mine = [other for other in about if one.driver and other.driver == one.driver]
    # A term is about its word; the driver that goes with it is a detail.
    if one.code not in _TERMS and len(mine) >= MAX_PER_DRIVER:
        return False
    same = [other for other in chosen if other.code == one.code]
    if one.code == "group_differs":
        # The same measure of the other group is the other side of the same coin.
        return all((o.driver, o.polarity) != (one.driver, one.polarity) for o in same)
    if one.code == "change":
        # Fewer complaints, more praise, a better mood: one story, told once per driver.
        return all(other.driver != one.driver for other in same)
    return not same


def _place_evidence(tables: Mapping[str, pd.DataFrame]) -> str:
    """Name the table to look at where nothing stands out: that of the shares, if any is shown."""
    shares = tables.get("driver_shares")
    is_hidden = shares is not None and "share" in shares and not shares["share"].notna().any()
    return "quality" if is_hidden and "quality" in tables else "driver_shares"


def _count_texts(tables: Mapping[str, pd.DataFrame]) -> int:
    """Give the number of texts that were looked at."""
    shares, mix = tables.get("driver_shares"), tables.get("mix")
    n = 0
    if shares is not None and not shares.empty and "of" in shares:
        n = int(shares["of"].fillna(0).max())
    if n == 0 and mix is not None and "dimension" in mix:  # shares of few texts are hidden
        known = mix[(mix["dimension"] == "sentiment") & mix["value"].notna()]
        n = int(known["n"].fillna(0).sum())
    return n
