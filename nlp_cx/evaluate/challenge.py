"""The challenge suite: short texts, most of them minimal pairs, with what must come out of each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nlp_cx.errors import InputError
from nlp_cx.evaluate.predictor import Predictor
from nlp_cx.schema import POLARITIES, SENTIMENTS
from nlp_cx.taxonomy import load_taxonomy

PHENOMENA = (
    *("negation", "double_negation", "contrast", "comparison", "conditional", "question"),
    *("sarcasm", "intensity", "emoji", "code_mix", "script", "entity_swap", "typos"),
    *load_taxonomy().ids,
    "not_mentioned",
)
"""What an item can test, in the order of tables."""

_FIELDS = ("id", "pair", "lang", "phenomenon", "text", "expect")
_DRIVER_VALUES = (*POLARITIES, "mentioned")
_LOYALTIES = ("negative", "positive", "none")
_MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Item:
    """One text and what is asserted of it.

    Parameters
    ----------
    id, pair, lang, phenomenon, text : str
        Members of a minimal pair share `pair`.
    expect : dict
        Only what is asserted: ``sentiment`` (one value or several accepted ones), ``drivers``
        (driver to polarity, or ``mentioned``), ``not_mentioned`` (drivers), ``loyalty``
        (negative, positive, none), ``mixed`` (bool).
    """

    id: str
    pair: str
    lang: str
    phenomenon: str
    text: str
    expect: Mapping[str, Any]


def read_challenge(paths: Iterable[str | Path]) -> list[Item]:
    """Read and check challenge files.

    Parameters
    ----------
    paths : iterable of str or Path
        Files of JSON lines, as ``data/challenge/README.md`` describes them.

    Returns
    -------
    list of Item
        In file order.

    Raises
    ------
    InputError
        If a file cannot be read or holds faults: each with its line, up to 20 in one message.
    """
    items: list[Item] = []
    faults: list[str] = []
    seen: dict[str, str] = {}
    for path in map(Path, paths):
        for number, line in enumerate(_read_lines(path), start=1):
            if not line.strip():
                continue
            where = f"{path}, line {number}"
            item, found = _parse_item(line)
            if item is not None and item.id in seen:
                found.append(f"id {item.id!r} stands in {seen[item.id]} too")
            faults += [f"{where}: {fault}" for fault in found]
            if item is not None and not found:
                seen[item.id] = where
                items.append(item)
    faults += _check_pairs(items)
    if faults:
        more = f" … and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
        raise InputError(f"{len(faults)} faults: {'; '.join(faults[:_MOST_FAULTS])}{more}.")
    if not items:
        raise InputError("no challenge items: expected one or more JSON lines.")
    return items


def score_challenge(items: Sequence[Item], predict: Predictor) -> pd.DataFrame:
    """Let a model judge every item.

    Parameters
    ----------
    items : sequence of Item
    predict : callable
        Texts to scored columns. A column that it does not give fails what is asserted of it.

    Returns
    -------
    DataFrame, one row per item, in order
        ``id, pair, lang, phenomenon, text``; ``passed`` (bool: all assertions hold);
        ``n_asserted``; ``failed`` (what did not hold, e.g. ``service: expected negative, found
        positive``; ``""`` where all holds).

    Examples
    --------
    >>> item = Item("a", "", "en", "negation", "not good", {"sentiment": "negative"})
    >>> always = lambda texts: pd.DataFrame({"sentiment": ["positive"] * len(texts)})
    >>> score_challenge([item], always)[["passed", "failed"]].values.tolist()
    [[False, 'sentiment: expected negative, found positive']]
    """
    predicted = predict([item.text for item in items])
    if len(predicted) != len(items):
        raise InputError(f"{len(predicted)} predictions for {len(items)} challenge texts.")
    rows = []
    for item, (_, found) in zip(items, predicted.iterrows(), strict=True):
        checks = _check(item.expect, found)
        failed = [fault for fault in checks if fault]
        rows.append(
            {
                "id": item.id,
                "pair": item.pair,
                "lang": item.lang,
                "phenomenon": item.phenomenon,
                "text": item.text,
                "passed": not failed,
                "n_asserted": len(checks),
                "failed": "; ".join(failed),
            }
        )
    return pd.DataFrame(rows)


def summarize_challenge(results: pd.DataFrame) -> pd.DataFrame:
    """Give pass rates per phenomenon and language.

    Parameters
    ----------
    results : DataFrame
        As `score_challenge` gives it.

    Returns
    -------
    DataFrame
        ``lang`` (``all`` first), ``phenomenon`` (``all`` first); ``n, n_passed, rate`` (0-1),
        ``low, high`` (95 % Wilson interval); ``n_pairs, pair_rate`` (share of the minimal pairs
        of which every member passed; missing where there is none).

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.
    """
    rows = []
    for lang in ("all", *sorted(results["lang"].unique())):
        of_lang = results if lang == "all" else results[results["lang"] == lang]
        present = [name for name in PHENOMENA if name in set(of_lang["phenomenon"])]
        for name in ("all", *present):
            part = of_lang if name == "all" else of_lang[of_lang["phenomenon"] == name]
            n, n_passed = len(part), int(part["passed"].sum())
            low, high = wilson_interval(n_passed, n)
            paired = part[part["pair"] != ""].groupby("pair")["passed"].agg(["size", "all"])
            paired = paired[paired["size"] > 1]
            rows.append(
                {
                    "lang": lang,
                    "phenomenon": name,
                    "n": n,
                    "n_passed": n_passed,
                    "rate": n_passed / n,
                    "low": low,
                    "high": high,
                    "n_pairs": len(paired),
                    "pair_rate": float(paired["all"].mean()) if len(paired) else np.nan,
                }
            )
    return pd.DataFrame(rows)


def wilson_interval(n_passed: int, n: int) -> tuple[float, float]:
    """Give the 95 % Wilson interval of a share.

    Examples
    --------
    >>> [round(end, 4) for end in wilson_interval(81, 263)]  # Newcombe 1998, table I
    [0.2553, 0.3662]
    """
    z = 1.959964
    share, middle = n_passed / n, n_passed / n + z * z / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return float((middle - half) / scale), float((middle + half) / scale)


def _read_lines(path: Path) -> list[str]:
    """Give the lines of a UTF-8 file."""
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as e:
        raise InputError(f"{path}: cannot be read ({e.strerror}). Expected JSON lines.") from e
    except UnicodeDecodeError as e:
        raise InputError(f"{path}: not UTF-8 ({e.reason} at byte {e.start}).") from e


def _parse_item(line: str) -> tuple[Item | None, list[str]]:
    """Read one line; what is wrong with it otherwise."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as e:
        return None, [f"not JSON ({e})"]
    if not isinstance(row, dict):
        return None, [f"a {type(row).__name__}, expected an object"]
    faults = [f"unknown field {name!r}" for name in row if name not in _FIELDS]
    strings = [name for name in _FIELDS if name not in ("expect", "pair")]
    faults += [
        f"{name} is {row.get(name)!r}, expected text"
        for name in strings
        if not isinstance(row.get(name), str) or not row[name].strip()
    ]
    if not isinstance(row.get("pair", ""), str):
        faults.append(f"pair is {row['pair']!r}, expected text")
    if row.get("lang") not in ("zh", "en"):
        faults.append(f"lang is {row.get('lang')!r}, expected zh or en")
    if row.get("phenomenon") not in PHENOMENA:
        known = ", ".join(PHENOMENA)
        faults.append(f"phenomenon is {row.get('phenomenon')!r}, expected one of {known}")
    faults += _check_expectation(row.get("expect"))
    if faults:
        return None, faults
    return Item(**{name: row.get(name, "") for name in _FIELDS}), []


def _check_expectation(expect: Any) -> list[str]:
    """List what is wrong with the assertions of an item."""
    if not isinstance(expect, dict) or not expect:
        return [f"expect is {expect!r}, expected an object with one assertion or more"]
    faults = []
    for name, value in expect.items():
        fault = _RULES[name](value) if name in _RULES else "unknown"
        if fault:
            faults.append(f"expect.{name} is {value!r}: {fault}")
    drivers, absent = expect.get("drivers"), expect.get("not_mentioned")
    if isinstance(drivers, dict) and isinstance(absent, list):
        faults += [
            f"expect: {d!r} is both asserted and not mentioned" for d in drivers if d in absent
        ]
    return faults


def _check_sentiment(value: Any) -> str:
    """Say what is wrong with accepted sentiments."""
    values = value if isinstance(value, list) else [value]
    good = bool(values) and all(isinstance(v, str) and v in SENTIMENTS for v in values)
    return "" if good else f"expected one of {', '.join(SENTIMENTS)}, or a list of them"


def _check_drivers(value: Any) -> str:
    """Say what is wrong with asserted polarities."""
    known = load_taxonomy().ids
    good = isinstance(value, dict) and all(
        d in known and isinstance(v, str) and v in _DRIVER_VALUES for d, v in value.items()
    )
    return "" if good else f"expected drivers ({', '.join(known)}) with {', '.join(_DRIVER_VALUES)}"


def _check_absent(value: Any) -> str:
    """Say what is wrong with a list of drivers that are not mentioned."""
    known = load_taxonomy().ids
    good = isinstance(value, list) and all(isinstance(d, str) and d in known for d in value)
    return "" if good else f"expected a list of {', '.join(known)}"


def _check_loyalty(value: Any) -> str:
    """Say what is wrong with an asserted loyalty."""
    good = isinstance(value, str) and value in _LOYALTIES
    return "" if good else f"expected {', '.join(_LOYALTIES)}"


_RULES: Mapping[str, Callable[[Any], str]] = {
    "sentiment": _check_sentiment,
    "drivers": _check_drivers,
    "not_mentioned": _check_absent,
    "loyalty": _check_loyalty,
    "mixed": lambda value: "" if isinstance(value, bool) else "expected true or false",
}


def _check_pairs(items: Sequence[Item]) -> list[str]:
    """List minimal pairs that are none: of one text, or of two languages."""
    faults = []
    pairs: dict[str, list[Item]] = {}
    for item in items:
        if item.pair:
            pairs.setdefault(item.pair, []).append(item)
    for name, members in pairs.items():
        ids = ", ".join(item.id for item in members)
        if len({item.lang for item in members}) > 1:
            faults.append(f"pair {name!r} ({ids}): of two languages")
        if len(members) > 1 and len({item.text for item in members}) < len(members):
            faults.append(f"pair {name!r} ({ids}): holds a text twice")
    return faults


def _check(expect: Mapping[str, Any], found: pd.Series[Any]) -> list[str]:
    """Check every assertion; ``""`` for one that holds."""
    checks = []
    if "sentiment" in expect:
        accepted = expect["sentiment"]
        accepted = accepted if isinstance(accepted, list) else [accepted]
        checks.append(_compare("sentiment", accepted, _value(found, "sentiment", "not scored")))
    for driver, polarity in expect.get("drivers", {}).items():
        accepted = list(POLARITIES) if polarity == "mentioned" else [polarity]
        value = _value(found, driver, "not_mentioned")
        wanted = ["mentioned"] if polarity == "mentioned" else accepted
        checks.append("" if value in accepted else _compare(driver, wanted, value))
    for driver in expect.get("not_mentioned", ()):
        value = _value(found, driver, "not_mentioned")
        checks.append(_compare(driver, ["not_mentioned"], value))
    if "loyalty" in expect:
        checks.append(_compare("loyalty", [expect["loyalty"]], _value(found, "loyalty", "none")))
    if "mixed" in expect:
        value = _value(found, "mixed", "not scored")
        checks.append(_compare("mixed", [str(expect["mixed"]).lower()], value.lower()))
    return checks


def _value(found: pd.Series[Any], column: str, missing: str) -> str:
    """Give what a model says, `missing` where it says nothing."""
    if column not in found.index:
        return "nothing (the model does not give it)"
    value = found[column]
    return missing if value is None or pd.isna(value) else str(value)


def _compare(what: str, accepted: Sequence[str], value: str) -> str:
    """Say what was expected and found; ``""`` where it is accepted."""
    return "" if value in accepted else f"{what}: expected {' or '.join(accepted)}, found {value}"
