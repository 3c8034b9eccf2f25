from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.corpus.gold import read_written
from nlp_cx.corpus.layout import read_json_lines, read_lines
from nlp_cx.corpus.splits import carve
from nlp_cx.errors import InputError


def test_carved_shares_come_out_as_asked():
    found = Counter(carve([f"text {i}" for i in range(20_000)], {"dev": 0.1, "test": 0.2}))
    assert found["test"] / 20_000 == pytest.approx(0.2, abs=0.01)
    assert found["dev"] / 20_000 == pytest.approx(0.1, abs=0.01)


@given(st.lists(st.text(max_size=4)))
def test_a_text_is_carved_by_itself_alone(match):
    shares = {"dev": 0.3, "test": 0.3}
    assert list(carve(match, shares)) == [carve([m], shares)[0] for m in match]


def test_line_that_is_no_json_is_named(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "x"}\n{"text":\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.jsonl, line 2: not JSON"):
        read_json_lines(tmp_path / "a.jsonl")


@pytest.mark.parametrize("name", ["gone.jsonl", "cut.jsonl.gz", "latin.jsonl"])
def test_file_that_cannot_be_read_is_named(tmp_path, name):
    (tmp_path / "cut.jsonl.gz").write_bytes(bytes.fromhex("1f8b0800000000000003ab56"))
    (tmp_path / "latin.jsonl").write_bytes(b"caf\xe9\n")
    with pytest.raises(InputError, match=f"{name}: cannot be read"):
        list(read_lines(tmp_path / name))


@pytest.mark.parametrize(
    "line",
    ["x\tp\tP+\t", "x\tq\tP+\t\ttext", "x\tp\tZ+\t\ttext", "x\tp\tP!\t\ttext", "x\tp\tP+\tL\ttext"],
)
def test_written_line_that_breaks_the_codes_is_shown(root, tmp_path, line):
    own = tmp_path / "own"
    own.mkdir()
    (own / "bad_zh.tsv").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"bad_zh.tsv: 'x.* is not five cells"):
        read_written(root, own=own)
