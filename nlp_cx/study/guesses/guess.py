"""What files probably hold, told from their names and columns, and said to the user."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nlp_cx.study.guesses.group import guess_group
from nlp_cx.study.guesses.guessed import Guesses, has_texts
from nlp_cx.study.guesses.inputs import find_roles, guess_table, guess_text, holds_text
from nlp_cx.study.guesses.keys import guess_keys
from nlp_cx.study.guesses.language import guess_language
from nlp_cx.study.guesses.outcomes import guess_outcomes
from nlp_cx.study.headers import look_at


def guess_study(
    paths: Sequence[str],
    *,
    outcome: str | None = None,
    group: str | None = None,
    text: str | None = None,
    time: str | None = None,
) -> Guesses:
    """Guess what files hold and how they go together.

    Parameters
    ----------
    paths : sequence of str
        Files, folders or patterns; each is one input.
    outcome, group, text, time : str, optional
        Columns that the user named.

    Returns
    -------
    Guesses

    Raises
    ------
    InputError
        If a file cannot be read, or several columns could be the text.
    ConfigError
        If a column that was named is in no file.
    """
    made = Guesses()
    inputs = []
    for path in paths:
        header = look_at(path)
        name = _choose_name(header.name, made.headers)
        made.headers[name] = header
    strong = [name for name, header in made.headers.items() if holds_text(header, text)]
    for name, header in made.headers.items():
        is_text = name in strong or (not strong and find_roles(header, text) is not None)
        inputs.append(
            guess_text(name, header, made, text=text, time=time)
            if is_text
            else guess_table(name, header, made)
        )
    # Texts stand before tables, which are joined to them.
    inputs.sort(key=lambda each: each["kind"] in ("ratings", "operations"))
    guess_keys(inputs, made)
    if not has_texts(inputs):
        made.lines.append(
            "no column is named like a text: the report tells where outcomes stand, and nothing of "
            "what customers say (name one with --text)"
        )
    language = guess_language(inputs, made)
    # The report has a title of its own in each language, and names its files below.
    made.raw = {"title": "", "language": language, "inputs": inputs}
    guess_outcomes(inputs, made, outcome)
    guess_group(inputs, made, group)
    tables = [each for each in inputs if each["kind"] == "ratings" and each.get("time")]
    if tables and any(each.get("time") for each in inputs if each not in tables):
        made.raw["join"] = {"look_ahead": "drop"}
        made.lines.append(
            "ratings older than the text that should explain them are left out "
            '([join] look_ahead = "drop")'
        )
    return made


def _choose_name(name: str, taken: Iterable[str]) -> str:
    """Give a name that is not taken."""
    names = set(taken) | {"scored", "all"}
    if name not in names:
        return name
    return next(f"{name}_{i}" for i in range(2, len(names) + 3) if f"{name}_{i}" not in names)
