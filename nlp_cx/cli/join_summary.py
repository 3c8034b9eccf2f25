"""What a join did, for people: every row that came in, went out, or stayed behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from nlp_cx.cli.console import clean
from nlp_cx.join.summary import CoverageRow, JoinSummary, TableSummary
from nlp_cx.join.weight_summary import WeightSummary

Line = tuple[str, str, str]
"""A label (empty where it is that of the line above), what stands beside it, and its colour."""

_WARN = "yellow"
_MOST_VALUES = 8


def print_summary(
    summary: JoinSummary, console: Console, *, notes: Sequence[str] = (), output: str = ""
) -> None:
    """Print a summary.

    Parameters
    ----------
    summary : JoinSummary
    console : rich.console.Console
        From `nlp_cx.cli.console.open_console`.
    notes : sequence of str
        On the files.
    output : str
        What was written.
    """
    lines = list(_lines(summary, notes))
    lines.append(("Written", f"{output} ({_count(summary.n_rows, 'row')})", ""))
    width = max(len(label) for label, _, _ in lines) + 2
    console.print(Text(_headline(summary), "bold"))
    for label, text, style in lines:
        console.print(Text.assemble((clean(label).ljust(width), "bold"), (clean(text), style)))


def _headline(summary: JoinSummary) -> str:
    """Say what one row is."""
    n_rows, n_units = _count(summary.n_rows, "row"), _count(summary.n_units, "unit")
    of_units = "" if summary.n_rows == summary.n_units else f" of {n_units}"
    return clean(
        f"Joined {_count(summary.n_documents, 'document')} into {n_rows}{of_units}, one per "
        f"{' and '.join(summary.grain)}{' and row of a table' if of_units else ''}."
    )


def _lines(summary: JoinSummary, notes: Sequence[str]) -> Iterator[Line]:
    """List everything below the headline."""
    for note in (*notes, *summary.notes):
        yield "Note", note, _WARN
    yield from _grain(summary)
    yield from _scored(summary)
    for lookup in summary.lookups:
        yield (
            f"Lookup {lookup.name}",
            f"{', '.join(lookup.columns)} on {', '.join(lookup.on)}: "
            f"{_count(lookup.n_matched, 'scored row')} matched, {lookup.n_unmatched:,} not",
            "",
        )
        if lookup.n_unmatched:
            yield "", f"not: {_samples(lookup.unmatched, lookup.n_unmatched)}", _WARN
    for table in summary.tables:
        yield from _table(table)
    yield from _coverage(summary.coverage)
    if summary.weights is not None:
        yield from _weights(summary.weights)
    if summary.roles:
        yield "Roles", ", ".join(f"{name} {role}" for name, role in summary.roles.items()), ""


def _grain(summary: JoinSummary) -> Iterator[Line]:
    """Say which units are rows."""
    if summary.period is not None:
        yield "Period", f"{summary.period}, days begin in {summary.time_zone}", ""
    words = {"scored": "units with scored rows", "all": "units of any table"}
    kept = words.get(summary.keep, f"units of {summary.keep}")
    silent = f", {summary.n_silent:,} of them without a document" if summary.n_silent else ""
    yield "Rows", f"{kept}: {summary.n_units:,}{silent}; sorted by {', '.join(summary.grain)}", ""
    if summary.n_documents_left_out:
        yield (
            "",
            f"{_count(summary.n_documents_left_out, 'document')} of units that are not there "
            "left out (--keep all keeps them)",
            _WARN,
        )


def _scored(summary: JoinSummary) -> Iterator[Line]:
    """Say what was found in the scored table."""
    scored = summary.scored
    others = (
        f", {scored.n_other_speakers:,} by agents and others" if scored.n_other_speakers else ""
    )
    yield (
        "Scored",
        f"{_count(scored.n_rows, 'row')}: {_count(scored.n_documents, 'document')} by customers"
        f"{others}; something was scored in {scored.n_texts:,}",
        "",
    )
    if scored.n_without_key:
        which = _samples(scored.without_key, scored.n_without_key)
        yield "", f"{scored.n_without_key:,} without a key, in no row: {which}", _WARN
    if scored.n_untimed:
        yield "", f"{_count(scored.n_untimed, 'document')} without a time", _WARN
    if scored.n_late:
        yield "", f"{scored.n_late:,} younger than the outcome of their unit, left out", _WARN
    if scored.n_duplicates:
        done = "dropped" if scored.is_dropped else "each counted (--duplicates drop)"
        which = _samples(scored.duplicates, scored.n_duplicates)
        yield "", f"{scored.n_duplicates:,} repeat a doc_id, {done}: {which}", _WARN
    if scored.n_unordered:
        yield (
            "",
            f"first and last text not known in {_count(scored.n_unordered, 'unit')} "
            f"(ordered by {scored.order or 'nothing: name the time of a document, --time'})",
            _WARN,
        )
    if scored.not_carried:
        yield "", f"not carried: {_shorten(scored.not_carried)} (--carry r_NAME=COL)", ""


def _table(table: TableSummary) -> Iterator[Line]:
    """Say how a table was matched."""
    told = "asserted" if table.asserted else "found"
    fold = ", rows of a unit summarised" if table.is_aggregated else ""
    rule = "" if table.match == "exact" else f", {table.match}"
    yield (
        table.name,
        f"{_count(table.n_rows, 'row')} on {', '.join(table.on)}{rule}; units to rows "
        f"{table.cardinality} ({told}){fold}",
        "",
    )
    share = table.n_units_matched / table.n_units if table.n_units else 0.0
    yield "", f"{table.n_units_matched:,} of {table.n_units:,} units have a row ({share:.1%})", ""
    if table.n_units_unmatched:
        yield "", f"units without: {_samples(table.unmatched_units, table.n_units_unmatched)}", ""
    if table.n_rows_unmatched:
        which = _samples(table.unmatched_rows, table.n_rows_unmatched)
        keyless = f", {table.n_without_key:,} of them without a key" if table.n_without_key else ""
        yield "", f"{table.n_rows_unmatched:,} rows without a unit{keyless}: {which}", ""
    if table.n_duplicate_rows:
        yield "", f"{_count(table.n_duplicate_rows, 'row')} share the key of another", ""
    if table.most_units_per_row > 1:
        yield "", f"a row goes to up to {_count(table.most_units_per_row, 'unit')}", ""
    for drift in table.drift:
        pairs = ", ".join(f"{left!r} ~ {right!r}" for left, right in drift.samples[:3])
        fixed = " (matched: --normalize-keys)" if _is_normal(table) else " (--normalize-keys)"
        yield "", f"{_count(drift.n_keys, 'key')} differ in {drift.kind}: {pairs}{fixed}", _WARN
    if table.look_ahead:
        n = table.n_early + table.n_partly_early
        found = (
            f"{n:,} outcomes older than feedback of their unit ({table.n_partly_early:,} than the "
            f"last of it only): {table.look_ahead}"
        )
        told = found if n else f"outcomes older than feedback: {table.look_ahead}"
        yield "", told, _WARN if n else ""
    for note in table.notes:
        yield "", note, _WARN
    if table.not_taken:
        yield "", f"not taken: {_shorten(table.not_taken)}", ""


def _is_normal(table: TableSummary) -> bool:
    """Tell whether differences of writing were forgiven."""
    return any(key.endswith(("(normalised)", "(by the day)", "(as instants)")) for key in table.on)


def _coverage(rows: Sequence[CoverageRow]) -> Iterator[Line]:
    """Say who gave text."""
    for column in dict.fromkeys(row.column for row in rows):
        found = [row for row in rows if row.column == column]
        if column == "(all)":
            row = found[0]
            share = _percent(row.share_with_text)
            yield (
                "Coverage",
                f"{row.n_with_text:,} of {row.n_units:,} units gave text ({share})",
                "",
            )
            continue
        # A column of the scored table says nothing of units that wrote nothing: no share of them.
        for i, row in enumerate(found[:_MOST_VALUES]):
            said = (
                f"{row.n_with_text:,} units with text ({_percent(row.share_of_texts)} of them)"
                if row.is_of_documents
                else f"{row.n_with_text:,} of {row.n_units:,} ({_percent(row.share_with_text)}); "
                f"{_percent(row.share_of_units)} of units, {_percent(row.share_of_texts)} of those "
                "with text"
            )
            yield f"  {column}" if i == 0 else "", f"{row.value}: {said}", ""
        if len(found) > _MOST_VALUES:
            yield "", f"and {len(found) - _MOST_VALUES:,} more values", ""


def _weights(weights: WeightSummary) -> Iterator[Line]:
    """Say how respondents are weighed."""
    yield (
        weights.name,
        f"{_count(weights.n_respondents, 'respondent')} of {_count(weights.n_units, 'unit')}, by "
        f"{', '.join(weights.by)}: {weights.lowest:.2f} to {weights.highest:.2f}, "
        f"{weights.n_trimmed:,} trimmed at {weights.max_weight:g} times the mean",
        "",
    )
    yield (
        "",
        f"effective sample size {weights.effective_n:,.0f} (design effect "
        f"{weights.design_effect:.2f})",
        "",
    )
    if weights.n_without_weight:
        yield "", f"{weights.n_without_weight:,} respondents without a weight", _WARN
    for row in weights.balance[:_MOST_VALUES]:
        as_share = row.value != "(mean)"
        population, respondents, weighted = (
            f"{x:.1%}" if as_share else f"{x:,.2f}"
            for x in (row.population, row.respondents, row.weighted)
        )
        yield (
            "",
            f"{row.column} {row.value}: population {population}, respondents {respondents}, "
            f"weighted {weighted}",
            "",
        )


def _shorten(names: Sequence[str]) -> str:
    """List the first of many names."""
    return _samples(names[:_MOST_VALUES], len(names))


def _samples(samples: Sequence[str], n: int) -> str:
    """List examples, and how many there are beside."""
    more = f" and {n - len(samples):,} more" if n > len(samples) else ""
    return ", ".join(samples) + more


def _percent(share: float | None) -> str:
    """Write a share of 0 to 1 in percent."""
    return "-" if share is None else f"{share:.1%}"


def _count(n: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
