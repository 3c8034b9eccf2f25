"""A study file with comments, made of guesses: what was seen, and what can be changed."""

from __future__ import annotations

from typing import Any

from nlp_cx.study.guesses import Guesses
from nlp_cx.study.headers import Header
from nlp_cx.text.privacy_names import personal_kind

_MOST_COLUMNS = 60
_ORDER = (
    "path", "name", "kind", "text", "id", "interaction", "customer", "time", "speaker", "turn",
    "channel", "on", "carry",
)  # fmt: skip

_SIGNS = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\x7f": "\\u007F"}


def write_study_file(guesses: Guesses) -> str:
    """Write a study file.

    Parameters
    ----------
    guesses : Guesses

    Returns
    -------
    str
        TOML that `nlp_cx.study.load.read_study` reads. Comments hold names, kinds and numbers of
        distinct values of columns, never values.

    Examples
    --------
    >>> text = write_study_file(Guesses({"title": "May", "inputs": []}))
    >>> text.splitlines()[2:4]
    ['title = "May"', 'language = "en"          # en, zh or both']
    """
    raw = guesses.raw
    groups = raw.get("groups", [])
    outcomes = raw.get("outcomes", [])
    lines = [
        "# A study of nlp_cx: nlp-cx report THIS_FILE -o report.html",
        "# Made of guesses from names and columns. Paths are relative to this file.",
        f"title = {_toml(raw.get('title', ''))}",
        f"language = {_toml(raw.get('language', 'en'))}          # en, zh or both",
        'model = "fast"           # fast, accurate, auto, or a folder of nlp-cx train',
        f"groups = {_toml(groups)}  # columns whose values are compared; the first is the main one",
        "controls = []            # columns that are held equal",
        "random_state = 0",
        '# time_zone = "Asia/Shanghai"   # in which days begin',
        '# currency = "CNY "             # written before amounts',
        '# alerts = "alerts.toml"        # rules of nlp-cx alert',
        "",
    ]
    for each in raw["inputs"]:
        lines += _write_input(each, guesses.headers.get(each.get("name", "")))
    lines += ["[join]"]
    for name, value in {"look_ahead": "refuse", **raw.get("join", {})}.items():
        lines.append(f"{name} = {_toml(value)}")
    lines += [
        "#   Ratings older than the text that should explain them: refuse, drop, trim or allow.",
        '# grain = ["interaction_id"]    # what a unit is; told from the keys when not given',
        '# keep = "scored"               # or "all", or the name of a table: silent customers too',
        "# normalize_keys = true         # forgive spaces, case, width and leading zeros in keys",
        "",
    ]
    if not outcomes:
        lines += [
            "# No outcome was found. With one, the report tells which drivers go with it:",
            "# [[outcomes]]",
            '# column = "stars"',
            "",
        ]
    for each in outcomes:
        lines += ["[[outcomes]]             # the first is the main one"]
        lines += [f"{name} = {_toml(value)}" for name, value in each.items()]
        lines += ["# low = 1                # ends of its scale", "# high = 5", ""]
    if guesses.more_outcomes:
        names = [_toml(name) for name in guesses.more_outcomes[:_MOST_COLUMNS]]
        lines += [
            "# Columns of few distinct numbers, which could be outcomes too:",
            *(f"#   {name}" for name in names),
            "# [[outcomes]]",
            f"# column = {names[0]}",
            "",
        ]
    lines += [
        "[privacy]",
        "mask_pii = false         # mask personal data in texts before anything sees them",
        "minimum_cell = 10        # numbers of fewer texts are not shown",
        "",
        "[evidence]",
        "per_cell = 12            # clauses per driver and polarity",
        "",
        "# Labels by people of a random sample, by which shares are corrected:",
        "# [gold]",
        '# path = "labelled.csv"',
        '# id = "doc_id"',
        "",
        "# Columns and numbers for the models of the sources (gap, cost, SERVQUAL, return chain):",
        "# [sources]",
        '# negative = "r_csat <= 2"',
        '# churned = "o_churned"',
        '# revenue = "o_amount"',
    ]
    return "\n".join(lines) + "\n"


def _write_input(raw: dict[str, Any], header: Header | None) -> list[str]:
    """Write one input and what was seen in it."""
    lines = ["[[inputs]]"]
    if header is not None:
        n = header.head.num_rows
        lines.append(f"# {n:,} rows were looked at. Columns, and distinct values among them:")
        for name in header.columns[:_MOST_COLUMNS]:
            personal = ", looks personal" if personal_kind(name) else ""
            kind, n_values = header.describe_kind(name), header.count_distinct(name)
            lines.append(f"#   {_toml(name)}: {kind}, {n_values:,}{personal}")
        if len(header.columns) > _MOST_COLUMNS:
            lines.append(f"#   and {len(header.columns) - _MOST_COLUMNS} more")
    lines += [f"{name} = {_toml(raw[name])}" for name in _ORDER if name in raw]
    return [*lines, ""]


def _toml(value: Any) -> str:
    """Write a value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    signs = "".join(_SIGNS.get(c) or (f"\\u{ord(c):04X}" if ord(c) < 32 else c) for c in str(value))
    return f'"{signs}"'
