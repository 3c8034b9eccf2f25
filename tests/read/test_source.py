import csv
import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp_cx.errors import InputError
from nlp_cx.read.quarantine import Quarantine
from nlp_cx.read.source import ReadOptions, open_source

COLUMNS = ["編號", "評論", "rating"]
CELLS = st.text(st.sampled_from('a0好國,"\r\n\t 😀;='), max_size=5)
TABLES = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=7)
PROPERTY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LONG = "房間很乾淨，但是前台的態度不好，等了半個小時才有人來。\n"


def _csv(table):
    out = io.StringIO()
    csv.writer(out).writerows([COLUMNS, *table])
    return out.getvalue()


def _rows(table):
    return [dict(zip(COLUMNS, row, strict=True)) for row in table]


@PROPERTY
@given(TABLES, st.integers(1, 9))
def test_batches_are_the_file_whatever_chunk_rows_is(write, read, tmp_path, table, chunk_rows):
    lines = "".join(json.dumps(row) + "\n" for row in _rows(table))
    pq.write_table(pa.Table.from_pylist(_rows(table)), tmp_path / "a.parquet")
    for path in (write("a.csv", _csv(table)), write("a.jsonl", lines), tmp_path / "a.parquet"):
        found = read(path, chunk_rows=chunk_rows)
        assert found.rows == _rows(table)
        assert all(0 < batch.num_rows <= chunk_rows for batch in found.batches)
        assert all(batch.schema == found.source.schema for batch in found.batches)


@PROPERTY
@given(TABLES)
def test_gzip_gives_the_same_as_plain(write, read, table):
    packed = read(write("a.csv.gz", gzip.compress(_csv(table).encode())))
    assert packed.rows == read(write("b.csv", _csv(table))).rows


@PROPERTY
@given(TABLES, st.sampled_from(["gb18030", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]))
def test_every_encoding_gives_the_same_table(write, read, table, encoding):
    table = [("0", LONG, ""), *table]
    found = read(write("a.csv", _csv(table).encode(encoding)))
    assert found.rows == _rows(table)
    name = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)
    assert found.source.files[0].encoding == name
    assert read(write("a.csv", _csv(table).encode(encoding)), encoding=encoding).rows == _rows(
        table
    )


@PROPERTY
@given(TABLES)
def test_big5_gives_the_same_table(write, read, table):
    table = [("0", LONG, ""), *(tuple(c.replace("😀", "") for c in row) for row in table)]
    found = read(write("a.csv", _csv(table).encode("cp950")))
    assert (found.rows, found.source.files[0].encoding) == (_rows(table), "big5")


def test_files_follow_each_other_and_columns_are_united(write, read):
    a = write("a.csv", "id,text\n1,a\n2,b\n")
    b = write("b.jsonl", '{"text": "c", "n": 5}\n')
    found = read([b, a])
    assert found.rows == [
        {"text": "c", "n": 5, "id": None},
        {"text": "a", "n": None, "id": "1"},
        {"text": "b", "n": None, "id": "2"},
    ]
    assert found.source.notes == [
        f"{b} has no column 'id'; it is left empty there.",
        f"{a} has no column 'n'; it is left empty there.",
    ]
    assert [(note.n_rows, note.format) for note in found.source.files] == [(1, "jsonl"), (2, "csv")]


def test_types_that_do_not_go_together_are_refused(write, read):
    a = write("a.csv", "text,n\na,5\n")
    b = write("b.jsonl", '{"text": "c", "n": 5}\n')
    with pytest.raises(InputError, match=r"column 'n' holds string in .*a\.csv but int64 in"):
        read([a, b])


def test_folder_is_read_file_by_file(write, read, tmp_path):
    write("d/2.csv", "text\nb\n")
    write("d/1.csv.gz", gzip.compress(b"text\na\n"))
    write("d/README.md", "# What this folder holds\n")
    found = read(tmp_path / "d")
    assert [row["text"] for row in found.rows] == ["a", "b"]
    assert found.source.notes == [
        f"{tmp_path / 'd' / 'README.md'} is no transcript and is left out."
    ]
    assert found.source.name.endswith("1.csv.gz and 1 more")


def test_files_without_rows_are_said_beside_others_and_refused_alone(write, read):
    empty = write("a.csv", "id,text\n")
    found = read([empty, write("b.csv", "text\na\n")])
    assert found.rows == [{"text": "a"}]
    assert found.source.notes == [f"{empty} holds no rows."]
    with pytest.raises(InputError, match=r"a\.csv: no rows"):
        read(empty)


def test_chats_and_reviews_do_not_mix(write, read):
    chat = write("c.txt", "客户: 在吗\n客服: 您好\n客户: 退款\n")
    with pytest.raises(InputError, match=r"c\.txt holds chats and .*a\.csv does not"):
        read([write("a.csv", "text\na\n"), chat])


def test_chats_of_several_kinds_are_one_table(write, read):
    turns = [{"speaker": "user", "text": "hi", "time": 5}, {"speaker": "agent", "text": "yes"}]
    nested = write("a.jsonl", json.dumps({"id": 7, "turns": turns}) + "\n")
    plain = write("b.txt", "客户: 在吗\n客服: 您好\n客户: 退款\n")
    found = read([nested, plain])
    assert found.source.kind == "chats"
    assert [row["interaction_id"] for row in found.rows[:2]] == ["7", "7"]
    assert [row["speaker"] for row in found.rows] == ["user", "agent", "客户", "客服", "客户"]
    assert [row["created_at"] for row in found.rows][:2] == ["5", None]


def test_table_with_speakers_is_a_chat(write, read):
    path = write("a.csv", "会话ID,角色,内容\n1,客户,在吗\n")
    assert read(path).source.kind == "chats"
    assert read(write("b.csv", "角色,内容\n客户,在吗\n")).source.kind == "reviews"


def test_head_comes_again(write):
    path = write("a.csv", "text\na\nb\nc\n")
    source = open_source(path, options=ReadOptions(chunk_rows=2), quarantine=Quarantine(None))
    assert source.head().to_pylist() == [{"text": "a"}, {"text": "b"}]
    assert source.head().num_rows == 2
    assert [row["text"] for batch in source for row in batch.to_pylist()] == ["a", "b", "c"]


def test_fraction_read_grows_to_one(write):
    paths = [write(f"{i}.csv", "text\n" + "good\n" * 50) for i in range(3)]
    source = open_source(paths, options=ReadOptions(chunk_rows=20), quarantine=Quarantine(None))
    fractions = [source.fraction_read()]
    for _ in source:
        fractions.append(source.fraction_read())
    fractions.append(source.fraction_read())
    assert fractions[0] == 0
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_bad_rows_fail_where_that_is_wanted(write):
    path = write("a.csv", "id,text\n1,a\n2\n")
    quarantine = Quarantine(None, "fail")
    source = open_source(path, options=ReadOptions(), quarantine=quarantine)
    with pytest.raises(InputError, match=r"a\.csv, line 3: 1 cell, expected 2"):
        list(source)


def test_nothing_is_left_of_the_quarantine_after_a_damaged_file(write, read, tmp_path):
    rows = "".join(f"{i},x{i * i}\n" for i in range(9_000)) + "ragged\n"
    packed = gzip.compress(("id,text\n" + rows).encode())
    path = write("a.csv.gz", packed[:-20])
    with pytest.raises(InputError, match="cut off"):
        read(path)
    assert list(tmp_path.iterdir()) == [path]


PIECES = (
    *(b'"', b",", b"\n", b"\r", b"\t", b"\0", b"\xff", b"\xff\xfe", b"\xed\xa0\x80", b"\\"),
    *(b"[", b"]", b"{", b"}", b":", b"text", b'{"text":"a"}', b"\\ud83d", b"1e999"),
    *("客户: 在吗\n".encode(), "客服: ".encode(), "好".encode("gbk")),
    b'{"turns":[{"speaker":"user","text":"a"}]}',
)
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join)


@settings(PROPERTY, max_examples=200)
@given(HOSTILE, st.sampled_from(["csv", "tsv", "jsonl", "json", "txt", "csv.gz"]), st.booleans())
def test_any_bytes_end_in_rows_or_in_one_message(write, tmp_path, data, ending, packs):
    path = write(f"a.{ending}", gzip.compress(data) if packs else data)
    quarantine = Quarantine(None)
    try:
        source = open_source(
            path, options=ReadOptions(chunk_rows=2, max_cell_bytes=40), quarantine=quarantine
        )
        n_rows = 0
        for batch in source:
            batch.validate(full=True)
            assert batch.schema == source.schema
            n_rows += batch.num_rows
    except InputError:
        return
    assert n_rows == source.files[0].n_rows > 0
    assert quarantine.count == source.files[0].n_rejected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"chunk_rows": 0}, "chunk_rows is 0"),
        ({"max_cell_bytes": 2**31}, "at most 10\\*\\*9"),
        ({"delimiter": "，"}, "expected one ASCII character"),
        ({"delimiter": '"'}, "expected one ASCII character"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(InputError, match=message):
        ReadOptions(**options)


def test_unknown_encoding_is_refused(write, read):
    with pytest.raises(InputError, match="encoding 'klingon' is not known"):
        read(write("a.csv", "text\na\n"), encoding="klingon")
