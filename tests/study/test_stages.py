"""A stage is run once, and again only if what it rests on has changed."""

import json

import pytest

from nlp_cx.errors import OutputError
from nlp_cx.study.stages import StageBook


def make_stage(book, *, rests_on, calls, fails=False):
    def make():
        calls.append(rests_on)
        book.path("out.txt").write_text("half", encoding="utf-8")
        if fails:
            raise KeyboardInterrupt
        return {"n": len(calls)}

    return book.run("count", rests_on, ["out.txt"], make)


def test_a_stage_is_kept_until_its_key_changes(tmp_path):
    calls = []
    first = make_stage(StageBook(tmp_path / "w"), rests_on={"a": 1}, calls=calls)
    again = make_stage(StageBook(tmp_path / "w"), rests_on={"a": 1}, calls=calls)
    other = make_stage(StageBook(tmp_path / "w"), rests_on={"a": 2}, calls=calls)
    assert [stage.is_fresh for stage in (first, again, other)] == [True, False, True]
    assert again.facts == first.facts == {"n": 1}
    assert other.facts == {"n": 2}


def test_a_stage_whose_output_is_gone_is_run_again(tmp_path):
    calls = []
    book = StageBook(tmp_path / "w")
    make_stage(book, rests_on={}, calls=calls)
    book.path("out.txt").unlink()
    assert make_stage(book, rests_on={}, calls=calls).is_fresh


def test_what_a_killed_run_leaves_is_no_result_even_of_the_earlier_key(tmp_path):
    calls = []
    book = StageBook(tmp_path / "w")
    make_stage(book, rests_on={"a": 1}, calls=calls)
    with pytest.raises(KeyboardInterrupt):
        make_stage(book, rests_on={"a": 2}, calls=calls, fails=True)
    # The output is of a run that never ended: going back to the first key must not take it.
    assert make_stage(StageBook(tmp_path / "w"), rests_on={"a": 1}, calls=calls).is_fresh


def test_a_damaged_record_counts_for_nothing(tmp_path):
    calls = []
    make_stage(StageBook(tmp_path / "w"), rests_on={}, calls=calls)
    (tmp_path / "w" / "stages.json").write_text("{", encoding="utf-8")
    assert make_stage(StageBook(tmp_path / "w"), rests_on={}, calls=calls).is_fresh


def test_force_runs_everything_again(tmp_path):
    calls = []
    make_stage(StageBook(tmp_path / "w"), rests_on={}, calls=calls)
    assert make_stage(StageBook(tmp_path / "w", is_forced=True), rests_on={}, calls=calls).is_fresh


def test_a_file_where_the_folder_should_be_is_an_error(tmp_path):
    (tmp_path / "w").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="work folder cannot be written"):
        StageBook(tmp_path / "w")


def test_the_record_names_key_and_seconds(tmp_path):
    make_stage(StageBook(tmp_path / "w"), rests_on={}, calls=[])
    record = json.loads((tmp_path / "w" / "stages.json").read_text(encoding="utf-8"))
    assert set(record["stages"]["count"]) == {"key", "seconds", "facts"}
    assert len(record["stages"]["count"]["key"]) == 64
