"""Make a report of a material: seven sections in one language."""

from __future__ import annotations

from collections.abc import Callable

from nlp_cx.errors import ConfigError
from nlp_cx.report.material import Material
from nlp_cx.report.model import Language, Report, Section
from nlp_cx.report.sections.conversations import write_conversations
from nlp_cx.report.sections.drivers import write_drivers
from nlp_cx.report.sections.evidence import write_evidence
from nlp_cx.report.sections.method import write_method
from nlp_cx.report.sections.overview import say_what_was_read, write_overview
from nlp_cx.report.sections.source_models import write_source_models
from nlp_cx.report.sections.what_matters import write_what_matters
from nlp_cx.report.words import Words

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
    sections = tuple(s for s in (write(material, words) for write in SECTIONS) if s is not None)
    title = str(material.facts.get("title") or words.title("report"))
    return Report(title, language, say_what_was_read(material, words), sections, words.currency)
