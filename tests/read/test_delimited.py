import gzip

import pytest

from nlp_cx.errors import InputError
from nlp_cx.read import blocks, delimited

GOOD = '编号,评论,评分\n001,"房间很干净，\n但是 ""前台"" 态度差",3\n002,,5\n'


def test_cells_stay_strings_exactly_as_written(write, read):
    found = read(write("a.csv", GOOD))
    assert found.rows == [
        {"编号": "001", "评论": '房间很干净，\n但是 "前台" 态度差', "评分": "3"},
        {"编号": "002", "评论": "", "评分": "5"},
    ]


def test_tsv_is_parted_by_tabs_and_keeps_commas(write, read):
    assert read(write("a.tsv", "id\ttext\n1\ta,b\n")).rows == [{"id": "1", "text": "a,b"}]


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_delimiters_are_found_and_said(write, read, mark):
    found = read(write("a.csv", f"id{mark}text\n1{mark}gut, billig\n2{mark}ok\n"))
    assert found.rows[0] == {"id": "1", "text": "gut, billig"}
    assert any(repr(mark) in note for note in found.source.notes)


def test_first_line_may_name_the_delimiter(write, read):
    found = read(write("a.csv", "sep=;\nid;text\n1;a,b\nx\n"))
    assert found.rows == [{"id": "1", "text": "a,b"}]
    assert found.bad_lines == [4]


def test_given_delimiter_is_taken(write, read):
    assert read(write("a.csv", "a;b,text\n1;2,ok\n"), delimiter=",").rows == [
        {"a;b": "1;2", "text": "ok"}
    ]


def test_one_column_needs_no_delimiter_and_keeps_blank_lines(write, read):
    found = read(write("a.csv", 'text\ngood, cheap\n"quoted, too"\n\nlast'))
    assert [row["text"] for row in found.rows] == ["good, cheap", "quoted, too", "", "last"]


def test_blank_lines_are_no_rows_where_there_are_columns(write, read):
    found = read(write("a.csv", "\n\nid,text\n\n1,a\n   \n2,b\n\n"))
    assert [row["id"] for row in found.rows] == ["1", "2"]
    assert found.rejected == []


def test_ragged_rows_are_set_aside_with_their_line_in_the_file(write, read):
    text = 'id,text\n1,"two\nlines"\n2\n3,"a\n\nb"\n4,x,y\n'
    found = read(write("a.csv", text))
    assert [row["id"] for row in found.rows] == ["1", "3"]
    assert [(r["line"], r["reason"], r["raw"]) for r in found.rejected] == [
        (4, "1 cell, expected 2 (id, text)", "2"),
        (8, "3 cells, expected 2 (id, text)", "4,x,y"),
    ]


def test_invalid_utf8_costs_its_rows_only(write, read):
    data = "id,text\n1,很好\n2,不好\n".encode() + b"3,ab\xffcd\n4,\xe5\xa5\n5,ok\n"
    found = read(write("a.csv", data))
    assert [row["id"] for row in found.rows] == ["1", "2", "5"]
    assert [(r["line"], r["raw"]) for r in found.rejected] == [
        (4, "3,ab\\xffcd"),
        (5, "4,\\xe5\\xa5"),
    ]
    assert str(found.source.files[0]).endswith("a.csv: csv, utf-8 with 2 bad rows")


def test_invalid_bytes_of_other_encodings_cost_their_rows_only(write, read):
    lines = ["id,text", "1,房间很干净而且服务也很好", "2,前台的态度不好", "3,还可以"]
    data = "\n".join(lines).encode("gbk").replace("前台".encode("gbk"), b"\xff\xff")
    found = read(write("a.csv", data))
    assert [row["id"] for row in found.rows] == ["1", "3"]
    assert found.rejected[0]["raw"] == "2,\\xff\\xff的态度不好"
    assert found.rejected[0]["reason"] == "byte 0xff is not gb18030"


def test_nul_bytes_cost_their_rows_only(write, read):
    found = read(write("a.csv", b"id,text\n1,ok\n2,a\0b\n3,fine\n"))
    assert [row["id"] for row in found.rows] == ["1", "3"]
    assert "NUL" in found.rejected[0]["reason"]


@pytest.mark.parametrize("quote", ["", '"'])
def test_giant_cell_costs_its_row_only(write, read, monkeypatch, quote):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 1_000)
    giant = quote + "a" * 50_000 + quote
    found = read(write("a.csv", f"id,text\n1,ok\n2,{giant}\n3,fine\n"), max_cell_bytes=10_000)
    assert [row["id"] for row in found.rows] == ["1", "3"]
    assert found.rejected[0]["line"] == 3
    assert found.rejected[0]["reason"] == "longer than 10,000 bytes"
    assert len(found.rejected[0]["raw"]) == 1_000
    assert "first 1,000 characters" in found.rejected[0]["note"]


def test_unclosed_quote_costs_its_line_only(write, read):
    rows = "".join(f"{i},fine\n" for i in range(3, 3_000))
    found = read(write("a.csv", f'id,text\n1,ok\n2,"never closed\n{rows}'), max_cell_bytes=5_000)
    assert len(found.rows) == 2_998
    assert found.bad_lines == [3]
    assert "quote" in found.rejected[0]["reason"]


def test_giant_cell_over_many_lines_is_an_error_that_names_its_line(write, read):
    text = 'id,text\n1,ok\n2,"' + "no row here\n" * 1_000 + '"\n'
    with pytest.raises(InputError, match=r"a\.csv, line 3: a quote is opened"):
        read(write("a.csv", text), max_cell_bytes=5_000)


def test_blocks_may_be_cut_anywhere(write, read, monkeypatch):
    path = write("a.csv", GOOD + '003,"x\n""y""",1\nragged\n004,z,2\n')
    whole = read(path)
    monkeypatch.setattr(delimited, "_PROBE_BYTES", 60)
    for size in range(1, 40):
        monkeypatch.setattr(blocks, "BLOCK_BYTES", size)
        parts = read(path)
        assert (parts.rows, parts.rejected) == (whole.rows, whole.rejected)


def test_line_ends_of_all_systems_give_the_same_rows(write, read):
    text = "id,text\n1,a\n2,b\n"
    expected = read(write("a.csv", text)).rows
    for name, end in (("b.csv", "\r\n"), ("c.csv", "\r")):
        assert read(write(name, text.replace("\n", end))).rows == expected


def test_columns_without_a_name_are_called_by_their_place(write, read):
    found = read(write("a.csv", ",text\n0,good\n"))
    assert found.rows == [{"column_1": "0", "text": "good"}]
    assert "column 1 has no name" in found.source.notes[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "blank lines only"),
        (b"id,text,text\n1,a,b\n", "'text' more than once"),
        (b"id,text\n", "no rows"),
        (b'id,"text\n1,a\n', "line 1: the header cannot be read: a quote"),
        (b"id,te\xffxt\n1,a\n", "line 1: the header cannot be read: byte 0xff"),
        (b"id,text\n1\n2\n", "none of 2 rows could be read. The first: .*line 2: 1 cell"),
        (b"PK\x03\x04rest", "zip archive"),
        (bytes(range(32)) * 20, "control characters"),
    ],
)
def test_unusable_files_are_refused_with_one_message(write, read, content, message):
    with pytest.raises(InputError, match=message):
        read(write("a.csv", content))


def test_damaged_gzip_is_refused(write, read):
    packed = gzip.compress(b"id,text\n" + b"".join(b"%d,x%d\n" % (i, i * i) for i in range(5_000)))
    with pytest.raises(InputError, match="cut off"):
        read(write("a.csv.gz", packed[:-10]))
    with pytest.raises(InputError, match="damaged"):
        read(write("b.csv.gz", packed[:500] + b"\xff" * 20 + packed[520:]))
    with pytest.raises(InputError, match="not gzip"):
        read(write("c.csv.gz", b"id,text\n1,a\n"))


def test_gzip_is_known_by_its_content(write, read):
    assert (
        read(write("a.csv", gzip.compress(GOOD.encode()))).rows == read(write("b.csv", GOOD)).rows
    )
