import json

import pytest

from nlp_cx.errors import InputError, OutputError
from nlp_cx.read.quarantine import Quarantine


def test_rows_are_written_when_closed(tmp_path):
    path = tmp_path / "out.rejected.jsonl"
    quarantine = Quarantine(path)
    quarantine.add("a.csv", 7, "2 cells, expected 3", "差,1")
    assert not path.exists()
    quarantine.close()
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "file": "a.csv",
        "line": 7,
        "reason": "2 cells, expected 3",
        "raw": "差,1",
    }
    assert [p.name for p in tmp_path.iterdir()] == ["out.rejected.jsonl"]


def test_nothing_is_left_when_nothing_was_rejected(tmp_path):
    path = tmp_path / "out.rejected.jsonl"
    path.write_text("of an earlier run")
    with Quarantine(path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_exception_leaves_what_was_there_before(tmp_path):
    path = tmp_path / "out.rejected.jsonl"
    path.write_text("of an earlier run")

    def fail():
        with Quarantine(path) as quarantine:
            quarantine.add("a.csv", 1, "bad", "x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [p.read_text() for p in tmp_path.iterdir()] == ["of an earlier run"]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [(b"a\xffb", "a\\xffb"), ("a\ud83db", "a\\ud83db"), ("一\n二", "一\n二")],
)
def test_any_row_can_be_shown(tmp_path, raw, shown):
    path = tmp_path / "r.jsonl"
    with Quarantine(path) as quarantine:
        quarantine.add("a.csv", 1, "bad", raw)
    assert json.loads(path.read_text(encoding="utf-8"))["raw"] == shown


@pytest.mark.parametrize("raw", ["好" * 2_000, "好".encode() * 2_000, b"\xff" * 50_000])
def test_long_rows_are_cut_with_a_note(tmp_path, raw):
    path = tmp_path / "r.jsonl"
    with Quarantine(path) as quarantine:
        quarantine.add("a.csv", 1, "bad", raw)
    row = json.loads(path.read_text(encoding="utf-8"))
    assert len(row["raw"]) == 1_000
    assert "first 1,000" in row["note"]


def test_first_bad_row_fails_where_that_is_wanted(tmp_path):
    quarantine = Quarantine(tmp_path / "r.jsonl", "fail")
    with pytest.raises(InputError, match=r"a\.parquet, row 3: too long\. Found: 'x'"):
        quarantine.add("a.parquet", 3, "too long", "x", unit="row")
    assert list(tmp_path.iterdir()) == []


def test_rows_and_reasons_are_masked_where_wanted_and_counted(tmp_path):
    path = tmp_path / "r.jsonl"
    with Quarantine(path, masks=True) as quarantine:
        quarantine.add("a.csv", 1, "field holds 13800138000", "王女士,13800138000")
        quarantine.add("a.csv", 2, "bad", "x\xff".encode("latin-1") + b"13800138000")
        quarantine.add("a.csv", 3, "cut within a number", "好" * 995 + "13800138000")
        quarantine.withhold("b.csv")
        quarantine.add("b.csv", 1, "bad", "张小红,很好")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert rows[0]["raw"] == "*女士,***********"
    assert rows[0]["reason"] == "field holds ***********"
    assert rows[1]["raw"] == "x\\xff***********"
    assert rows[2]["raw"] == "好" * 995 + "*****"
    assert rows[3]["raw"] == "***,**"
    assert quarantine.n_masked == {"mobile": 3, "name": 1}
    assert quarantine.n_withheld == 1


def test_nothing_is_masked_unless_wanted(tmp_path):
    path = tmp_path / "r.jsonl"
    with Quarantine(path) as quarantine:
        quarantine.withhold("a.csv")
        quarantine.add("a.csv", 1, "bad", "13800138000")
    assert json.loads(path.read_text(encoding="utf-8"))["raw"] == "13800138000"


def test_unknown_mode_is_refused():
    with pytest.raises(InputError, match="on_bad_row is 'ignore'"):
        Quarantine(None, "ignore")


def test_place_that_cannot_be_written_is_named(tmp_path):
    quarantine = Quarantine(tmp_path / "no" / "r.jsonl")
    with pytest.raises(OutputError, match="bad rows cannot be written"):
        quarantine.add("a.csv", 1, "bad", "x")
