import gzip

import pytest

from nlp_cx.errors import InputError
from nlp_cx.read import blocks

CHAT = "前言\n客户: 还没收到\n客服: 您好\n我查一下\n客户: 谢谢\u2028再见\n"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_transcript_gives_one_row_per_turn(write, read, encoding):
    found = read(write("a.txt", CHAT.encode(encoding)))
    assert [(row["speaker"], row["text"]) for row in found.rows] == [
        ("客户", "还没收到"),
        ("客服", "您好\n我查一下"),
        ("客户", "谢谢\u2028再见"),
    ]
    assert found.source.kind == "chats"
    assert found.bad_lines == [1]


def test_bad_lines_keep_the_numbers_of_others(write, read, monkeypatch):
    text = CHAT.encode() + b"\xff\xfe\n" + b"x" * 5_000 + b"\n" + "前\n----\n\n尾\n".encode()
    expected = None
    for size in (7, 100, 100_000):
        monkeypatch.setattr(blocks, "BLOCK_BYTES", size)
        found = read(write("a.log", text), max_cell_bytes=1_000)
        bad = sorted((r["line"], r["reason"]) for r in found.rejected)
        assert bad[1:3] == [(6, "byte 0xff is not utf-8"), (7, "longer than 1,000 bytes")]
        expected = expected or (found.rows, bad)
        assert (found.rows, bad) == expected


def test_gzip_gives_the_same(write, read):
    assert read(write("a.txt.gz", gzip.compress(CHAT.encode()))).rows == [
        {**row, "interaction_id": "a#1"} for row in read(write("b.txt", CHAT)).rows
    ]


def test_other_texts_are_refused_with_what_to_do(write, read):
    with pytest.raises(InputError, match=r"a\.txt: no turns of a chat.*save the file as \.csv"):
        read(write("a.txt", "good\nbad\n"))
