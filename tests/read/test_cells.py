import csv
import io

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nlp_cx.read.cells import END, FAULT, FIRST, LINE, START, count_cells, find_rows, take_column

CELLS = st.text(st.sampled_from('ab好😀",\r\n \t;'), max_size=6)
SOUP = st.text(st.sampled_from('ab好",\r\n'), max_size=40)


def _rows(text: bytes, *, max_row_bytes: int = 1_000, line_end: int = 10) -> list[tuple]:
    """All rows as (line, cells), or (line, None) for a row with a fault."""
    found = find_rows(
        text, is_last=True, delimiter=44, line_end=line_end, max_row_bytes=max_row_bytes
    )
    return _as_rows(text, found)


def _as_rows(text, found, line=0):
    rows = []
    for row, n in zip(found.rows, count_cells(found), strict=True):
        which = np.arange(row[FIRST], row[FIRST] + n)
        cells = None if row[FAULT] else take_column(text, found.cells, which).to_pylist()
        rows.append((line + int(row[LINE]), cells, text[row[START] : row[END]]))
    return rows


def _rows_in_blocks(text: bytes, size: int, max_row_bytes: int) -> list[tuple]:
    """The same, with the text given `size` bytes at a time."""
    rows, held, line, at = [], b"", 0, 0
    while True:
        block = text[at : at + size]
        at += size
        held += block
        found = find_rows(
            held, is_last=not block, delimiter=44, line_end=10, max_row_bytes=max_row_bytes
        )
        rows += _as_rows(held, found, line)
        held, line = held[found.n_bytes :], line + found.n_lines
        if not block:
            return rows


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), max_size=5), st.booleans())
@example([['5" screen', 'says "ok"'], ["", ""]], True)
def test_well_formed_text_gives_the_cells_that_were_written(table, quotes_all):
    out = io.StringIO()
    form = {"quoting": csv.QUOTE_ALL, "lineterminator": "\n"} if quotes_all else {}
    csv.writer(out, **form).writerows(table)
    found = [cells for _, cells, _ in _rows(out.getvalue().encode())]
    assert found == table


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=1, max_size=5))
def test_line_numbers_count_line_breaks_inside_cells(table):
    out, written = io.StringIO(), []
    for row in table:
        written.append((out.getvalue().count("\n"), out.tell()))
        csv.writer(out).writerow(row)
    text = out.getvalue()
    ends = [start for _, start in written[1:]] + [len(text)]
    expected = [
        (line, text[start : end - 2]) for (line, start), end in zip(written, ends, strict=True)
    ]
    assert [(line, raw.decode()) for line, _, raw in _rows(text.encode())] == expected


@settings(max_examples=400, deadline=None)
@given(SOUP, st.integers(1, 7), st.integers(3, 50))
@example('a,"b\nc,"d\n', 3, 20)
@example('"a""\n"', 1, 3)
def test_rows_do_not_depend_on_where_blocks_are_cut(text, size, max_row_bytes):
    data = text.encode()
    assert _rows_in_blocks(data, size, max_row_bytes) == _rows(data, max_row_bytes=max_row_bytes)


@settings(max_examples=400, deadline=None)
@given(SOUP, st.integers(3, 50))
def test_rows_are_the_text_but_for_line_ends(text, max_row_bytes):
    data = text.encode()
    found = find_rows(data, is_last=True, delimiter=44, line_end=10, max_row_bytes=max_row_bytes)
    starts, ends = found.rows[:, START].tolist(), found.rows[:, END].tolist()
    assert found.n_bytes == len(data)
    for _, end, following in zip(starts, ends, [*starts[1:], len(data)], strict=False):
        assert data[end:following] in (b"\n", b"\r\n", b"\r", b"")
    assert found.rows[:, LINE].tolist() == [data[:start].count(b"\n") for start in starts]


def test_quote_inside_a_plain_cell_is_text():
    assert _rows(b'1,5" screen,ok\n')[0][1] == ["1", '5" screen', "ok"]


def test_undoubled_quotes_inside_a_quoted_cell_are_text():
    assert _rows('1,"他说"好"就走",3\n'.encode())[0][1] == ["1", '他说"好"就走', "3"]


def test_row_whose_quotes_do_not_pair_up_is_read_as_it_stands():
    assert _rows('1,"好评"很好,3\n2,x,4\n'.encode())[0][1] == ["1", '"好评"很好', "3"]


def test_stray_quote_costs_its_line_only():
    text = b'1,"nice phone,5\n2,"good, cheap",4\n3,fine,3\n'
    assert [(line, cells) for line, cells, _ in _rows(text)] == [
        (0, None),
        (1, ["2", "good, cheap", "4"]),
        (2, ["3", "fine", "3"]),
    ]


def test_quote_that_is_open_at_the_end_costs_its_line_only():
    assert [cells for _, cells, _ in _rows(b'1,a\n2,"b\n3,c\n')] == [["1", "a"], None, ["3", "c"]]


def test_quote_open_for_too_long_costs_its_line_only():
    text = b'1,"a\n' + b"2,b\n" * 30 + b'3,c"\n'
    rows = _rows(text, max_row_bytes=40)
    assert rows[0][1] is None
    assert [cells for _, cells, _ in rows[1:]] == [["2", "b"]] * 30 + [["3", 'c"']]


def test_carriage_return_inside_a_row_is_text_where_lines_end_in_line_feeds():
    assert _rows(b"a\rb,c\r\n")[0][1] == ["a\rb", "c"]


def test_lines_may_end_in_carriage_returns():
    assert [c for _, c, _ in _rows(b'1,a\r2,"b\rc"\r', line_end=13)] == [["1", "a"], ["2", "b\rc"]]


def test_many_stray_quotes_take_linear_time():
    text = b'"a" b,' * 50_000 + b"\n" + b'"x\n' * 50_000
    found = find_rows(text, is_last=True, delimiter=44, line_end=10, max_row_bytes=10_000_000)
    assert len(found.rows) > 25_000
