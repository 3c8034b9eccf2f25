"""Make a report of a material: seven sections in one language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from nlp_cx.errors import ConfigError
from nlp_cx.report.material import Material
from nlp_cx.report.model import Language, Report, Section
from nlp_cx.report.sections.blocks import pair_small
from nlp_cx.report.sections.conversations import write_conversations
from nlp_cx.report.sections.drivers import write_drivers
from nlp_cx.report.sections.evidence import write_evidence
from nlp_cx.report.sections.fold import fold_lacks
from nlp_cx.report.sections.method import write_method
from nlp_cx.report.sections.overview import say_what_was_read, write_overview
from nlp_cx.report.sections.source_models import write_source_models
from nlp_cx.report.sections.what_matters import write_what_matters
from nlp_cx.report.words import Words

MOST_FILES = 6
"""Files that the subtitle names."""

SECTIONS: tuple[Callable[[Material, Words], Section | None], ...] = (
    write_what_matters,
    write_overview,
    write_drivers,
    write_evidence,
    write_conversations,
    write_source_models,
    write_method,
)
"""In the order of the report. A further section is one file and one line here."""


def build_report(material: Material, language: Language) -> Report:
    """Say in words, tables and charts what an analysis found.

    Parameters
    ----------
    material : Material
        Any of its tables may be absent: the report then says what is missing and what it takes.
    language : {"en", "zh"}

    Returns
    -------
    Report
        The same for the same material; its size does not grow with the number of texts.

    Raises
    ------
    ConfigError
        If the language is another one.

    Examples
    --------
    >>> report = build_report(Material(facts={"title": "Reviews of May"}), "en")
    >>> report.title, len(report.sections), report.sections[0].title
    ('Reviews of May', 6, 'What matters now')
    """
    if language not in ("en", "zh"):
        raise ConfigError(f"a report in {language!r} was asked for; there are 'en' and 'zh'.")
    words = Words(language, material.facts)
    written = (write(material, words) for write in SECTIONS)
    folded = [fold_lacks(section, words) for section in written if section is not None]
    sections = tuple(replace(section, blocks=pair_small(section.blocks)) for section in folded)
    title = str(material.facts.get("title") or words.title("report"))
    subtitle = words.sentences([say_what_was_read(material, words), _name_files(material, words)])
    return Report(title, language, subtitle, sections, words.currency)


def _name_files(material: Material, words: Words) -> str:
    """Name the files that were read, where they are known."""
    inputs = [each for each in material.facts.get("inputs") or [] if isinstance(each, Mapping)]
    names = [str(each.get("path") or "") for each in inputs[:MOST_FILES]]
    more = len(inputs) - len(names)
    told = words.join([name for name in names if name])
    if not told:
        return ""
    return words.say("files_and_more" if more else "files", names=told, n=more)
