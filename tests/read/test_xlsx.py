import datetime
import zipfile

import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter

from nlp_cx.errors import InputError
from nlp_cx.write.group import SinkGroup

TIME = datetime.datetime(2024, 5, 1, 10, 2)


@pytest.fixture
def write_book(tmp_path):
    def write(name, **sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        book.save(tmp_path / name)
        return tmp_path / name

    return write


def test_typed_cells_keep_their_types(write_book, read):
    rows = [
        ["id", "评论", "评分", "均分", "时间", "会员"],
        ["007", "好", 5, 4.5, TIME, True],
        ["008", None, None, 3, None, False],
    ]
    found = read(write_book("a.xlsx", s=rows))
    assert found.rows == [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert found.source.schema.types == [
        pa.string(),
        pa.string(),
        pa.int64(),
        pa.float64(),
        pa.timestamp("ms"),
        pa.bool_(),
    ]
    assert found.source.n_rows_total == 2


def test_column_of_several_kinds_becomes_text(write_book, read):
    cells = ["好", 666, 2.0, 0.1, True, TIME, datetime.time(9, 30)]
    found = read(write_book("a.xlsx", s=[["text"], *([cell] for cell in cells)]))
    assert [row["text"] for row in found.rows] == [
        "好",
        "666",
        "2",
        "0.1",
        "TRUE",
        "2024-05-01 10:02:00",
        "09:30:00",
    ]


def test_blank_rows_count_except_at_the_end(write_book, read):
    rows = [[], ["id", "text"], [1, "a"], [], [None, None], [2, "b"], [], [None]]
    found = read(write_book("a.xlsx", s=rows), chunk_rows=2)
    assert [row["id"] for row in found.rows] == [1, None, None, 2]
    assert [batch.num_rows for batch in found.batches] == [2, 2]


def test_cells_without_a_title_get_a_name_and_a_note(write_book, read):
    rows = [["text", None, "n"], ["a", None, 1, None, "stray"], ["b"]]
    found = read(write_book("a.xlsx", s=rows))
    assert found.rows == [
        {"text": "a", "n": 1, "column_5": "stray"},
        {"text": "b", "n": None, "column_5": None},
    ]
    assert "column 5 has no name" in found.source.notes[0]


def test_first_sheet_is_read_unless_one_is_named(write_book, read):
    path = write_book("a.xlsx", first=[["text"], ["a"]], second=[["text"], ["b"]])
    found = read(path)
    assert found.rows == [{"text": "a"}]
    assert "sheet 'first' is read, not second" in found.source.notes[0]
    assert read(path, sheet="second").rows == [{"text": "b"}]
    with pytest.raises(InputError, match="has no sheet 'third', only first, second"):
        read(path, sheet="third")


def test_unusable_books_are_refused(write_book, write, read):
    whole = write_book("a.xlsx", s=[["text"], *([f"x{i}"] for i in range(200))]).read_bytes()
    for content, message in (
        (b"", "is empty"),
        (whole[:-200], "damaged, cut off, or no xlsx"),
        (b"id,text\n1,a\n", "damaged, cut off, or no xlsx"),
        (b"\xd0\xcf\x11\xe0rest", "locked by a password"),
    ):
        with pytest.raises(InputError, match=message):
            read(write("b.xlsx", content))
    for rows, message in (([], "blank"), ([["text"]], "no rows"), ([["a", "a"], [1, 2]], "once")):
        with pytest.raises(InputError, match=message):
            read(write_book("c.xlsx", s=rows))


def test_damaged_sheet_is_refused(write_book, tmp_path, read):
    path = write_book("a.xlsx", s=[["text"], *([f"x{i}"] for i in range(200))])
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for item in old.infolist():
            data = old.read(item)
            new.writestr(item, data[:3_000] if "sheet1" in item.filename else data)
    with pytest.raises(InputError, match="damaged"):
        read(tmp_path / "b.xlsx")


SHEET = """<?xml version="1.0" encoding="UTF-8"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>te_x0078_t</t></is></c></row>
{rows}</sheetData></worksheet>"""
SHARED = """<?xml version="1.0" encoding="UTF-8"?>
<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si>{string}</si></sst>"""
CELLS = {
    "shared": '<c r="A2" t="s"><v>0</v></c>',
    "inline": '<c r="A2" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>',
    "formula": '<c r="A2" t="str"><f>B2</f><v>{text}</v></c>',
}


@pytest.fixture
def write_markup(tmp_path):
    """Write a workbook with one row below the title, given as markup, and one shared string."""

    def write(cell, string):
        with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
            book.add_worksheet().write_string(0, 0, "text")
        parts = {
            "sheet1.xml": SHEET.format(rows=f'<row r="2">{cell}</row>'),
            "sharedStrings.xml": SHARED.format(string=string),
        }
        with (
            zipfile.ZipFile(tmp_path / "a.xlsx") as old,
            zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new,
        ):
            for item in old.infolist():
                name = item.filename.rpartition("/")[2]
                new.writestr(item, parts.pop(name, None) or old.read(item))
        assert not parts
        return tmp_path / "b.xlsx"

    return write


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("太贵_x000D_\n😀客服差_x000d_\n", "太贵\r\n😀客服差\r\n"),
        ("_x005F_x000D_ is typed", "_x000D_ is typed"),
        ("_x005F_x005F_x005F_x000D_", "_x005F_x000D_"),
        ("_xD83D__xDE00_ _xD83D_", "😀 \ufffd"),
        ("_x0000_ _x12_ _x00zz_ _x000D", "_x0000_ _x12_ _x00zz_ _x000D"),
        ("_x0009_a_x0001_", "\ta\x01"),
    ],
)
def test_escapes_of_the_format_are_undone_once(write_markup, read, kind, stored, typed):
    shared = f'<t xml:space="preserve">{stored}</t>'
    path = write_markup(CELLS[kind].format(text=stored), shared)
    assert read(path).rows == [{"text": typed}]


def test_runs_of_a_formatted_text_are_one_text(write_markup, read):
    runs = '<r><rPr><b/></rPr><t>太贵_x000D_</t></r><r><t xml:space="preserve"> 很差</t></r>'
    assert read(write_markup(CELLS["shared"], runs)).rows == [{"text": "太贵\r 很差"}]


def test_what_our_own_writer_writes_is_read_as_it_was(tmp_path, read):
    texts = ["太贵\r\n😀客服差\r", "_x000D_ _x005F_x000D_", "<r>a</r>", "\x01\t\n x ", "_x_x000D_"]
    with SinkGroup() as outputs:
        outputs.write(str(tmp_path / "a.xlsx"), pa.record_batch({"text": texts}))
    assert [row["text"] for row in read(tmp_path / "a.xlsx").rows] == texts
