"""The words of a report in one language: labels, codes and sentences from resource files."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, TypeGuard

from nlp_cx.report.model import Kind, Language
from nlp_cx.report.numerals import (
    Template,
    decimals_of_share,
    write_number,
    write_points,
    write_share,
    write_signed,
)
from nlp_cx.taxonomy import load_taxonomy

_NAMES_FIRST = ("{driver", "{about}", "{check}")
"""A sentence that begins with a word of a list begins with a capital all the same."""


class Words:
    """What things are called, and how sentences read, in one language.

    Parameters
    ----------
    language : {"en", "zh"}
    facts : mapping, optional
        Of the material: names of drivers and outcomes, the currency.

    Examples
    --------
    >>> words = Words("zh")
    >>> words.driver("price"), words.code("kano", "basic"), words.outcome("r_stars")
    ('价格', '基本型', '星级')
    >>> Words("en").outcome("r_speed")
    '“speed”'
    """

    def __init__(self, language: Language, facts: Mapping[str, Any] | None = None) -> None:
        facts = facts or {}
        self.language: Language = language
        self.currency = str(facts.get("currency") or "")
        self._book = load_book(language)
        self._template = Template(language, self.currency)
        self._own_drivers = facts.get("drivers") or {}
        self._drivers = _name_drivers(language, self._own_drivers)
        self._outcomes: Mapping[str, Any] = facts.get("outcomes") or {}

    def say(self, key: str, **values: Any) -> str:
        """Fill the sentence `key`.

        Parameters
        ----------
        key : str
        **values
            Texts stand as they are; numbers are written as the sentence asks.

        Returns
        -------
        str

        Raises
        ------
        KeyError
            If the sentence or a value is not there.
        """
        template = self._book["sentences"][key]
        text = self._template.format(template, **values)
        if self.language == "zh":
            # A bracket of full width holds its own room.
            text = text.replace("） ", "）")
        return self.start(text) if template.startswith(_NAMES_FIRST) else text

    def start(self, text: str) -> str:
        """Begin with a capital, in English."""
        return text[:1].upper() + text[1:] if self.language == "en" else text

    def has(self, key: str) -> bool:
        """Tell whether there is a sentence `key`."""
        return key in self._book["sentences"]

    def title(self, key: str, **values: Any) -> str:
        """Fill the title `key`."""
        return self.start(self._template.format(self._book["titles"][key], **values))

    def label(self, column: str, table: str = "") -> str:
        """Name a column; where the table calls it otherwise, by that name."""
        # Tables of a second outcome or dimension are numbered.
        own = self._book["columns_of"].get(re.sub(r"_\d+$", "", table), {})
        return str(own.get(column) or self._book["columns"].get(column) or column)

    def help(self, column: str) -> str | None:
        """Explain a column in a sentence, where there is one."""
        found = self._book["help"].get(column)
        return None if found is None else str(found)

    def code(self, kind: str, value: Any) -> str:
        """Name a code, e.g. ``code("kano", "basic")``; one that is not known stands as it is."""
        if not isinstance(value, (str, int)):
            return self._book["codes"]["none"].get(kind, "")
        return str(self._book["codes"].get(kind, {}).get(str(value), value))

    def has_code(self, kind: str, value: Any) -> bool:
        """Tell whether a code has a word."""
        return str(value) in self._book["codes"].get(kind, {})

    def codes(self, kind: str) -> dict[str, str]:
        """Give all words of a kind of codes, in their order."""
        return dict(self._book["codes"][kind])

    def driver(self, name: Any) -> str:
        """Name a driver; one that is not known stands as it is."""
        if not isinstance(name, str):
            return str(self._book["codes"]["none"]["driver"])
        return self._drivers.get(name, name)

    def mention(self, name: Any) -> str:
        """Name a driver inside a sentence; one that is not packaged stands as in a table."""
        words = self._book["codes"]["driver_in_sentence"]
        if isinstance(name, str) and name not in self._own_drivers:
            return str(words.get(name) or self.driver(name))
        return self.driver(name)

    def about(self, driver: Any, polarity: str, *, is_share: bool = False) -> str:
        """Name what is said of a driver, or the share of texts that say it."""
        key = f"about_share_{polarity}" if is_share else f"about_{polarity}"
        return self.say(key, driver=self.mention(driver))

    def drivers(self, names: Sequence[str]) -> dict[str, str]:
        """Name drivers, in their order."""
        return {name: self.driver(name) for name in names}

    def outcome(self, name: str) -> str:
        """Name an outcome: as the user did, or by what its column is known for, or its column."""
        own = self._outcomes.get(name)
        label = str(own.get("label") or "") if isinstance(own, Mapping) else ""
        # A column's name is no label that anybody gave.
        if label and label not in (name, re.sub("^[ro]_", "", name)):
            return label
        for pattern, word in self._book["outcomes"].items():
            if re.fullmatch(pattern, name):
                return str(word)
        return self.quote(re.sub("^[ro]_", "", name))

    def dimension(self, name: str) -> str:
        """Name what values are of: the language, the channel, or the user's column."""
        found = self._book["codes"]["dimension"].get(name)
        if found:
            return str(found)
        # An ordinary word needs no quotes; what only looks like a name does.
        return name if re.fullmatch("[a-z]{3,}|[\u4e00-\u9fff]+", name) else self.quote(name)

    def group(self, dimension: str, value: str) -> str:
        """Name a group by its column and its value."""
        return self.say(
            "group_named",
            dimension=self.dimension(dimension),
            value=self.quote(self.group_value(dimension, value)),
        )

    def group_value(self, dimension: str, value: str) -> str:
        """Name a value of a column, where its values are codes."""
        return self.code(dimension, value) if dimension in ("lang", "channel") else value

    def table(self, name: str, outcome: str) -> str:
        """Name a table by its title; one without a title by its own name."""
        title = self._book["titles"].get(name)
        return (
            name
            if title is None
            else self._template.format(title, outcome=outcome, group=self.label("group"))
        )

    def remedy(self, name: str) -> str:
        """Say what would make a table possible; empty where nothing is known."""
        return str(self._book["remedies"].get(name, ""))

    def keys(self, prefix: str) -> list[str]:
        """List the sentences whose key begins so, in their order."""
        return [key for key in self._book["sentences"] if key.startswith(prefix)]

    def quote(self, text: str) -> str:
        """Set what a user called something apart."""
        return f"“{text}”"

    def join(self, parts: Sequence[str]) -> str:
        """List words: a, b and c."""
        if len(parts) < 2:
            return "".join(parts)
        return (
            self._book["lists"]["comma"].join(parts[:-1]) + self._book["lists"]["and"] + parts[-1]
        )

    def list_all(self, parts: Sequence[str]) -> str:
        """List phrases that hold commas themselves."""
        return str(self._book["lists"]["semicolon"]).join(parts)

    def list_short(self, parts: Sequence[str]) -> str:
        """List short words, with commas only."""
        return str(self._book["lists"]["comma"]).join(parts)

    def sentences(self, parts: Sequence[str]) -> str:
        """Set sentences one after the other."""
        return self._book["lists"]["between"].join(part for part in parts if part)

    def split_name(self, text: str) -> tuple[str, str]:
        """Split "Name: sentence" into both."""
        name, _, rest = text.partition(self._book["lists"]["colon"])
        return name, rest

    def number(self, kind: Kind, value: float) -> str:
        """Write a number of a kind inside a sentence."""
        if kind == "share":
            return write_share(value)
        if kind == "signed":
            return write_signed(value)
        if kind == "count":
            return f"{round(value):,}"
        if kind == "money":
            return f"{self.currency}{value:,.0f}"
        return write_number(value)

    def estimate(
        self,
        kind: Kind,
        value: float,
        low: float | None,
        high: float | None,
        *,
        points: bool = False,
    ) -> str:
        """Write an estimate with its interval, as far as that is known.

        Parameters
        ----------
        kind : Kind
        value, low, high : float or None
            NaN counts as not known.
        points : bool
            A difference of shares, in percentage points.

        Returns
        -------
        str
        """
        if points:
            texts = [write_points(each) for each in (value, low, high) if _is_known(each)]
            key = "points_with_interval" if len(texts) == 3 else "points_alone"
        else:
            decimals = decimals_of_share([value])
            texts = [
                write_share(each, decimals=decimals) if kind == "share" else self.number(kind, each)
                for each in (value, low, high)
                if _is_known(each)
            ]
            key = "value_with_interval" if len(texts) == 3 else "value_alone"
        low_text, high_text = texts[1:] if len(texts) == 3 else ("", "")
        return self.say(key, value=texts[0], low=low_text, high=high_text)

    def reason(self, text: Any) -> str:
        """Put why something is missing into the language of the report.

        Parameters
        ----------
        text : str or missing
            As the analyses write it: parts with "; " between them.

        Returns
        -------
        str
            A part that is not known stands as it is.
        """
        if not isinstance(text, str) or not text:
            return ""
        # A sentence may hold what else parts reasons.
        whole = _translate(text, self.language)
        if whole != text:
            return whole
        parts = [_translate(part, self.language) for part in text.split("; ")]
        return self._book["lists"]["semicolon"].join(dict.fromkeys(parts))

    def reason_or(self, text: str, other: str) -> str:
        """Put a reason into the language of the report; `other` where that is not known."""
        found = self.reason(text)
        return other if found == text and not _is_chinese(text) else found

    def lack(self, code: str, reason: str, columns: Sequence[str], detail: str) -> str:
        """Say why a table is missing: by a code, or by a sentence.

        Parameters
        ----------
        code : str
            Of `nlp_cx.analyze.source_models.lacks`, or something else.
        reason : str
            An English sentence.
        columns : sequence of str
            What is not there.
        detail : str
            What the analysis said.

        Returns
        -------
        str
            In English the sentence, where there is one; in Chinese that of the code, or the
            sentence as it is where neither code nor sentence is known.
        """
        template = self._book["codes"]["lack"].get(code)
        if template is None and re.fullmatch(r"[a-z0-9_]*", reason):
            # A code that is not known says nothing to a reader.
            return ""
        if template is None or (self.language == "en" and reason not in ("", code)):
            return self._explain_names(self.reason(reason), columns)
        brackets = self._book["lists"]["brackets"]
        # These stand in brackets already.
        named = list(
            dict.fromkeys(f"{self._name_part(c)} {self._field(c)}".strip() for c in columns)
        )
        return self._template.format(
            template,
            columns=brackets.format(self.join(named)) if named else "",
            detail=brackets.format(self.reason(detail)) if detail else "",
        )

    def _explain_names(self, text: str, columns: Sequence[str]) -> str:
        """Put plain words before names of fields: share who complain (complaint_share)."""
        for column in columns:
            field = self._field(column)
            if field:
                text = re.sub(
                    rf"\b{re.escape(field)}\b",
                    lambda _, c=column, f=field: (  # type: ignore[misc]
                        self._name_part(c) + str(self._book["lists"]["brackets"]).format(f)
                    ),
                    text,
                    count=1,
                )
        return text

    def _field(self, column: str) -> str:
        """Give the name of a field as it is typed; empty where that is an ordinary word."""
        part, _, of = column.partition(".")
        field = of if part == "cost" else part
        return field if "_" in field and self._name_part(column) != field else ""

    def _name_part(self, column: str) -> str:
        """Name what a model reads: its part, of a driver where there is one."""
        part, _, of = column.partition(".")
        if part == "cost":
            return self.code("parameter", of)
        name = self.code("part", part)
        driver = self._book["lists"]["brackets"].format(self.driver(of))
        return f"{name}{driver}" if of in self._drivers else name


@cache
def load_book(language: Language) -> dict[str, Any]:
    """Read the words of a language.

    Parameters
    ----------
    language : {"en", "zh"}

    Returns
    -------
    dict
        ``titles``, ``sentences``, ``columns``, ``columns_of``, ``help``, ``codes``, ``outcomes``,
        ``lists``, ``remedies``.
    """
    file = resources.files("nlp_cx.resources") / f"report_{language}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def _load_reasons() -> tuple[tuple[re.Pattern[str], dict[str, str]], ...]:
    """Read the reasons that analyses give, and how they read in each language."""
    file = resources.files("nlp_cx.resources") / "report_reasons.toml"
    found = tomllib.loads(file.read_text(encoding="utf-8"))["reasons"]
    return tuple((re.compile(each["pattern"]), each) for each in found)


def _translate(part: str, language: Language) -> str:
    """Translate one reason."""
    words = load_book(language)["codes"]["reason_words"]

    def known(found: re.Match[str]) -> str:
        return str(words.get(found[0], found[0]))

    for pattern, texts in _load_reasons():
        found = pattern.fullmatch(part)
        if found:
            values: dict[str, Any] = dict(found.groupdict())
            for name, value in found.groupdict().items():
                if name == "n" or name.startswith("n_"):
                    values[name] = int(value.replace(",", ""))
                else:
                    values[name] = re.sub("[a-z]+", known, value or "")
                    if name == "classes":
                        # No brackets within brackets.
                        values[name] = re.sub(r" \(([\d.]+)\)", r" \1", values[name])
            return Template(language).format(texts[language], **values)
    return part


def _name_drivers(language: Language, own: Mapping[str, Any]) -> dict[str, str]:
    """Give drivers their names: of the packaged taxonomies, and before them the study's own."""
    names = {}
    for taxonomy in ("five_es", "six_pillars", "servqual", "drivers"):
        for each in load_taxonomy(taxonomy).labels:
            names[each.id] = each.zh if language == "zh" else each.en
    for name, words in own.items():
        if isinstance(words, Mapping) and words.get(language):
            names[str(name)] = str(words[language])
    return names


def _is_known(value: float | None) -> TypeGuard[float]:
    """Tell a number from a missing one."""
    return value is not None and not math.isnan(value)


def _is_chinese(text: str) -> bool:
    """Tell whether a text holds a Chinese character."""
    return any("\u4e00" <= c <= "\u9fff" for c in text)
