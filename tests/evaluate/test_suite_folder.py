import json

import pandas as pd
import pytest

from nlp_cx.errors import ConfigError, InputError
from nlp_cx.evaluate.suite_folder import load_folder_suite


def rows(n=12, **labels):
    return [{"text": f"Number {i} was fine", **labels} for i in range(n)]


def write_jsonl(path, lines):
    path.write_text("".join(json.dumps(r) + "\n" for r in lines), encoding="utf-8")


def test_every_file_is_a_set_and_languages_are_told_by_the_text(tmp_path):
    write_jsonl(tmp_path / "a.jsonl", [{"text": "味道很好", "sentiment": "positive"}])
    (tmp_path / "b.csv").write_text(
        '\ufefftext,sentiment,id\n"Slow, and\nrude",negative,007\n', encoding="utf-8"
    )
    pd.DataFrame({"text": ["ok"], "sentiment": ["neutral"]}).to_parquet(tmp_path / "c.parquet")
    (tmp_path / "notes.txt").write_text("not data", encoding="utf-8")
    suite = load_folder_suite(tmp_path)
    assert list(suite.sets) == ["a", "b", "c"]
    assert [t.frame["lang"].tolist() for t in suite.sets.values()] == [["zh"], ["en"], ["en"]]
    frame = suite.sets["b"].frame
    assert frame["text"].tolist() == ["Slow, and\nrude"]
    assert frame["example_id"].tolist() == ["007"]
    assert suite.sets["a"].metric == "accuracy"
    assert suite.split == ""


def test_description_renames_columns_and_values(tmp_path):
    write_jsonl(tmp_path / "a.jsonl", [{"review": "slow", "y": 0}, {"review": "fast", "y": 1}])
    (tmp_path / "suite.toml").write_text(
        '[sets.mine]\nfile = "a.jsonl"\nlang = "en"\ngoal = 0.9\n'
        'columns = { text = "review", sentiment = "y" }\n'
        'values = { sentiment = { 0 = "negative", 1 = "positive" } }\n'
        '[[sets.mine.published]]\nsystem = "ours of 2020"\nvalue = 0.8\n'
        'source = "report"\nis_checked = true\n',
        encoding="utf-8",
    )
    test = load_folder_suite(tmp_path).sets["mine"]
    assert test.frame["sentiment"].tolist() == ["negative", "positive"]
    assert test.plan.goal == 0.9
    assert test.plan.published[0].system == "ours of 2020"


def test_groups_are_kept_and_a_text_without_one_stands_alone(tmp_path):
    lines = [{**r, "group": g} for r, g in zip(rows(3, sentiment="positive"), "aa ", strict=True)]
    lines[2]["group"] = None
    write_jsonl(tmp_path / "a.jsonl", lines)
    assert load_folder_suite(tmp_path).sets["a"].frame["group"].tolist() == ["a", "a", "line 3"]


def test_empty_driver_cells_are_not_guessed(tmp_path):
    lines = rows(25, service="positive") + rows(2, service=None)
    write_jsonl(tmp_path / "a.jsonl", lines)
    with pytest.raises(InputError, match=r"2 of 27 cells of service are empty.*empty = "):
        load_folder_suite(tmp_path)
    for said, wanted in (("not_mentioned", "not_mentioned"), ("not_labelled", None)):
        (tmp_path / "suite.toml").write_text(f'[sets.a]\nempty = "{said}"\n', encoding="utf-8")
        test = load_folder_suite(tmp_path).sets["a"]
        assert test.frame["service"].iloc[-1] == wanted
        assert test.drivers == ("service",)


def test_empty_cells_beside_the_word_for_absence_are_not_labelled(tmp_path):
    write_jsonl(
        tmp_path / "a.jsonl",
        rows(20, price="negative") + rows(1, price="not_mentioned") + rows(1, price=""),
    )
    assert load_folder_suite(tmp_path).sets["a"].frame["price"].iloc[-1] is None


def test_faults_name_file_and_line(tmp_path):
    lines = [
        {"text": "good", "sentiment": "positive"},
        {"text": "bad", "sentiment": "bad"},
        {"text": None, "sentiment": "negative"},
    ]
    write_jsonl(tmp_path / "a.jsonl", lines)
    with pytest.raises(InputError) as caught:
        load_folder_suite(tmp_path)
    assert f"{tmp_path / 'a.jsonl'}, line 2: sentiment is 'bad', expected negative" in str(
        caught.value
    )
    assert f"{tmp_path / 'a.jsonl'}, line 3: text is None" in str(caught.value)


def test_line_of_a_csv_row_is_where_it_begins(tmp_path):
    (tmp_path / "a.csv").write_text(
        'text,sentiment\n"two\nlines",positive\nx,wrong\n', encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"a\.csv, line 4: sentiment is 'wrong'"):
        load_folder_suite(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", b'{"text": "x", "sentiment"\n', "line 1: not JSON"),
        ("a.jsonl", b"[1]\n", "line 1: '\\[1\\]', expected an object"),
        (
            "a.jsonl",
            b'{"txt": "x", "sentiment": "positive"}\n',
            "no column text; found sentiment, txt",
        ),
        ("a.jsonl", b'{"text": "x"}\n', "no column any of sentiment, product"),
        ("a.jsonl", b"", "holds no rows"),
        ("a.csv", b"text,sentiment\na,b,c\n", "line 2: 3 cells, expected 2"),
        ("a.csv", b"text,text\na,b\n", "columns stand twice: text"),
        ("a.csv", "text,sentiment\n好,positive\n".encode("gb18030"), "not UTF-8"),
        ("a.parquet", b"PAR1", "no parquet file"),
    ],
)
def test_unusable_file_is_one_clear_error(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said):
        load_folder_suite(tmp_path)


def test_description_of_a_file_that_is_not_there_is_refused(tmp_path):
    write_jsonl(tmp_path / "a.jsonl", rows(sentiment="positive"))
    (tmp_path / "suite.toml").write_text("[sets.b]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\[sets\.b\] means b\.jsonl or b\.csv or b\.parquet"):
        load_folder_suite(tmp_path)


def test_metric_that_the_labels_cannot_bear_is_refused(tmp_path):
    write_jsonl(tmp_path / "a.jsonl", rows(sentiment="positive"))
    (tmp_path / "suite.toml").write_text('[sets.a]\nmetric = "pair_macro_f1"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="too little is labelled"):
        load_folder_suite(tmp_path)


def test_folder_without_files_is_refused(tmp_path):
    with pytest.raises(InputError, match="nothing to measure on"):
        load_folder_suite(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        load_folder_suite(tmp_path / "nowhere")
