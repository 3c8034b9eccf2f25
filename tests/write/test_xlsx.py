"""Workbooks hold texts as texts, numbers as numbers, and never half of anything."""

import datetime
import tempfile
import zipfile

import openpyxl
import pyarrow as pa
import pytest
from openpyxl.utils.escape import unescape

from nlp_cx.errors import OutputError
from nlp_cx.write import xlsx
from nlp_cx.write.sink import open_sink


def sheet_of(path, batch):
    """Write one batch and open the sheet."""
    with open_sink(path, batch.schema) as sink:
        sink.write(batch)
    return openpyxl.load_workbook(path).active


HOSTILE = [
    "=1+1",
    '=HYPERLINK("http://example.org")',
    "{=SUM(A1)}",
    "http://example.org",
    "mailto:a@example.org",
    "<r><t>fake</t></r>",
    "<r></sheetData></r>",
    "line\r\nbreak\ttab",
    "\x00\x01\x1f\ufffe\uffff",
    "_x000D_",
    "  spaces  ",
    "😀 <b>&amp;",
    "1e5",
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_a_text_cell_with_these_characters(tmp_path, text):
    cell = sheet_of(tmp_path / "out.xlsx", pa.record_batch({"text": [text, "x"]}))["A2"]
    assert cell.data_type in ("s", "inlineStr")
    assert unescape(cell.value or "") == text
    assert cell.hyperlink is None


def test_types_and_missing_cells(tmp_path):
    sheet = sheet_of(
        tmp_path / "out.xlsx",
        pa.record_batch(
            {
                "n": [1, None],
                "id": [2**60, 1],
                "score": pa.array([0.1, float("nan")], pa.float32()),
                "flag": [True, None],
                "label": pa.array(["好", None]).dictionary_encode(),
                "time": [datetime.datetime(2024, 5, 1, 10), datetime.datetime(1850, 1, 1)],
                "day": [datetime.date(2024, 5, 1), None],
            }
        ),
    )
    rows = [[c.value for c in row] for row in sheet.rows]
    assert rows[0] == ["n", "id", "score", "flag", "label", "time", "day"]
    moment = datetime.datetime(2024, 5, 1)
    assert rows[1] == [1, str(2**60), 0.1, True, "好", moment.replace(hour=10), moment]
    assert rows[2] == [None, 1, "nan", None, None, "1850-01-01 00:00:00", None]


def test_the_header_line_is_bold_and_stays_in_view(tmp_path):
    sheet = sheet_of(tmp_path / "out.xlsx", pa.record_batch({"text": ["x"]}))
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.b


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx, "MOST_ROWS", 11)
    batch = pa.record_batch({"n": list(range(11))})
    with pytest.raises(
        OutputError, match=r"out\.xlsx: an Excel sheet holds 10 rows .* Write \.csv"
    ):
        sheet_of(tmp_path / "out.xlsx", batch)
    assert list(tmp_path.iterdir()) == []


def test_a_sheet_can_be_filled_to_the_last_row(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx, "MOST_ROWS", 11)
    assert sheet_of(tmp_path / "out.xlsx", pa.record_batch({"n": list(range(10))})).max_row == 11


def test_more_columns_than_a_sheet_holds_are_refused(tmp_path):
    schema = pa.schema([(f"c{i}", pa.int8()) for i in range(xlsx.MOST_COLUMNS + 1)])
    with pytest.raises(OutputError, match="16,385 columns"):
        open_sink(tmp_path / "out.xlsx", schema)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["x" * 32_768, "😀" * 16_384])
def test_a_text_longer_than_a_cell_is_refused_not_cut(tmp_path, text):
    batch = pa.record_batch({"text": [text]})
    with (
        pytest.raises(OutputError, match=r"column 'text' has 32,768 characters .* holds 32,767"),
        open_sink(tmp_path / "out.xlsx", batch.schema) as sink,
    ):
        sink.write(batch)


@pytest.mark.parametrize("text", ["x" * 32_767, "😀" * 16_383])
def test_a_text_of_the_greatest_length_is_kept(tmp_path, text):
    sheet = sheet_of(tmp_path / "out.xlsx", pa.record_batch({"text": [text]}))
    assert sheet["A2"].value == text


def test_the_clock_is_not_in_the_file(tmp_path):
    sheet_of(tmp_path / "out.xlsx", pa.record_batch({"n": [1]}))
    with zipfile.ZipFile(tmp_path / "out.xlsx") as book:
        assert b"1980-01-01" in book.read("docProps/core.xml")
        assert {info.date_time[0] for info in book.infolist()} == {1980}


@pytest.mark.parametrize("fails", [False, True])
def test_no_temporary_sheet_is_left(tmp_path, monkeypatch, fails):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    batch = pa.record_batch({"text": ["x"]})
    try:
        with open_sink(tmp_path / "out.xlsx", batch.schema) as sink:
            sink.write(batch)
            assert list((tmp_path / "scratch").iterdir())
            if fails:
                raise RuntimeError
    except RuntimeError:
        pass
    assert list((tmp_path / "scratch").iterdir()) == []
