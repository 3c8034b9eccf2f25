"""What a run of ``nlp-cx score`` tells at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from nlp_cx.cli.console import clean
from nlp_cx.cli.tally import Tally
from nlp_cx.schema import LOYALTIES

_MOST_FILES = 10
_STYLES = {"positive": "green", "negative": "red", "mixed": "yellow"}
_COLUMNS = ("positive", "negative", "mixed", "neutral")

Line = tuple[str, Text]
"""A label (empty where it is that of the line above) and what stands beside it."""


@dataclass(slots=True)
class ScoreSummary:
    """Everything that a run can report.

    Attributes
    ----------
    kind : {"reviews", "chats"}
    tally : Tally
    seconds : float
        From the first byte read to the last file renamed; loading the model is not in it.
    files : list of str
        One line per input.
    notes : list of str
        Sentences about columns, speakers and warnings.
    n_rejected : int
    formula_cells : dict of str to int
        Cells that a spreadsheet would take for a formula, by path.
    is_excel_safe : bool
    is_masked : bool
    masked_raw : Counter
        Personal data masked in rejected rows, by kind.
    n_withheld : int
        Rejected rows that were masked altogether.
    outputs : list of (str, int)
        Path and rows of every table written.
    rejected_path : str
        Empty where rejected rows were counted only.
    """

    kind: str = "reviews"
    tally: Tally = field(default_factory=Tally)
    seconds: float = 0.0
    files: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    n_rejected: int = 0
    formula_cells: dict[str, int] = field(default_factory=dict)
    is_excel_safe: bool = False
    is_masked: bool = False
    masked_raw: Counter[str] = field(default_factory=Counter)
    n_withheld: int = 0
    outputs: list[tuple[str, int]] = field(default_factory=list)
    rejected_path: str = ""


def print_summary(summary: ScoreSummary, console: Console) -> None:
    """Print a summary: the same text everywhere, with colours on a terminal.

    Parameters
    ----------
    summary : ScoreSummary
    console : rich.console.Console
        From `open_console`.
    """
    lines = list(_lines(summary))
    width = max((len(label) for label, _ in lines), default=0) + 2
    console.print(_headline(summary))
    for label, text in lines:
        console.print(Text.assemble((label.ljust(width), "bold"), text))


def _headline(summary: ScoreSummary) -> Text:
    """Say what was done, how fast and by which model."""
    tally = summary.tally
    if summary.kind == "chats":
        n_customer = _count(tally.count("speaker", "customer"), "customer turn")
        what = f"{n_customer} among {_count(tally.n_rows, 'turn')}"
    else:
        what = _count(tally.n_rows, "review")
    speed = f" ({tally.n_rows / summary.seconds:,.0f} rows/s)" if summary.seconds else ""
    models = ", ".join(word for word, _, _ in tally.shares("model"))
    by = f" with model {models}" if models else ""
    return Text(f"Scored {what} in {summary.seconds:,.1f} s{speed}{by}.", "bold")


def _lines(summary: ScoreSummary) -> Iterator[Line]:
    """List everything below the headline."""
    tally = summary.tally
    yield from _listed("Input", summary.files)
    yield from _listed("Note", summary.notes, most=len(summary.notes))
    yield from _rejected(summary)
    if languages := tally.shares("lang"):
        yield "Languages", Text(", ".join(f"{w} {_percent(s)}" for w, _, s in languages))
    yield from _sentiments(tally)
    yield from _drivers(tally)
    if any(tally.count("loyalty", word) for word in LOYALTIES):
        stay, leave = tally.count("loyalty", "positive"), tally.count("loyalty", "negative")
        yield "Loyalty", Text(f"{stay:,} would return or recommend, {leave:,} would not")
    yield from _masked(summary)
    yield from _formulas(summary)
    yield from _listed("Written", [f"{p} ({_count(n, 'row')})" for p, n in summary.outputs])


def _rejected(summary: ScoreSummary) -> Iterator[Line]:
    """Say how many rows could not be read, and where they are."""
    if not summary.n_rejected:
        return
    where = f"set aside in {clean(summary.rejected_path)}" if summary.rejected_path else "left out"
    masked = ""
    if summary.n_withheld:
        masked = f" ({summary.n_withheld:,} masked as a whole: cells cannot be told apart there)"
    yield "Rejected", Text(f"{_count(summary.n_rejected, 'bad row')}, {where}{masked}", "yellow")


def _masked(summary: ScoreSummary) -> Iterator[Line]:
    """Count the personal data that were masked, by kind and by column."""
    if not summary.is_masked:
        return
    places = {f"{column!r}": kinds for column, kinds in summary.tally.n_masked.items()}
    places["rejected rows"] = summary.masked_raw
    kinds = sum(places.values(), Counter[str]())
    if not kinds:
        yield "Masked", Text("no personal data found")
        return
    yield "Masked", Text(", ".join(f"{kind} {n:,}" for kind, n in sorted(kinds.items())))
    parts = [f"{clean(place)} {n.total():,}" for place, n in places.items() if n.total()]
    yield "", Text(f"in {', '.join(parts)}")


def _listed(label: str, items: Iterable[str], *, most: int = _MOST_FILES) -> Iterator[Line]:
    """Put each item on a line of its own, the label before the first."""
    cleaned = [clean(item) for item in items]
    for i, item in enumerate(cleaned[:most]):
        yield label if i == 0 else "", Text(item)
    if len(cleaned) > most:
        yield "", Text(f"and {len(cleaned) - most:,} more")


def _sentiments(tally: Tally) -> Iterator[Line]:
    """Give the shares of the scored texts, and say how many there were nothing to score in."""
    if not tally.has_sentiment:
        yield "Sentiment", Text("not known: the model was not taught it")
        return
    shares = tally.shares("sentiment")
    text = Text(", ").join(Text(f"{w} {_percent(s)}", _STYLES.get(w, "")) for w, _, s in shares)
    n_scored = sum(n for _, n, _ in shares)
    if tally.n_mixed:
        text.append(f"; praise and criticism in one text {_percent(tally.n_mixed / n_scored)}")
    if shares:
        yield "Sentiment", text
    n_silent = tally.n_rows - n_scored - _n_context(tally)
    if n_silent > 0:
        yield "" if shares else "Sentiment", Text(f"nothing to score in {_count(n_silent, 'row')}")


def _n_context(tally: Tally) -> int:
    """Count turns of others, which are kept but not scored."""
    return sum(n for word, n, _ in tally.shares("speaker") if word != "customer")


def _drivers(tally: Tally) -> Iterator[Line]:
    """Give the table of drivers: how many texts mention each, and how."""
    drivers = [d for d in tally.drivers if d in tally.words]
    if not drivers:
        return
    header = "".join(f"{word:>11}" for word in ("mentioned", *_COLUMNS))
    yield "Drivers", Text(header, "bold")
    for driver in drivers:
        n_mentions = sum(n for _, n, _ in tally.shares(driver))
        row = Text(f"{n_mentions:>11,}")
        for word in _COLUMNS:
            row.append(f"{tally.count(driver, word):>11,}", _STYLES.get(word, ""))
        yield f"  {driver}", row


def _formulas(summary: ScoreSummary) -> Iterator[Line]:
    """Warn of cells that a spreadsheet would run, and name the remedy."""
    found = {path: n for path, n in summary.formula_cells.items() if n}
    if not found:
        return
    where = ", ".join(f"{clean(path)}: {_count(n, 'text cell')}" for path, n in found.items())
    if summary.is_excel_safe:
        text = Text(f"{where} with = + - @ tab or CR at the start got a ' before it")
    else:
        text = Text(
            f"{where} with = + - @ tab or CR at the start, which a spreadsheet may run as a "
            "formula. --excel-safe escapes them; .xlsx needs no escaping.",
            "yellow",
        )
    yield "Formulas", text


def _count(n: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _percent(share: float) -> str:
    """Write a share of 0 to 1 in percent; a few in many are not none."""
    return "<0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"
