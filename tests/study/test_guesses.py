"""Guesses are said, and a study file made of them is read again."""

import json
from pathlib import Path

import pytest

from nlp_cx.errors import ConfigError
from nlp_cx.study.guesses import guess_study
from nlp_cx.study.load import load_study, read_study
from nlp_cx.study.plan import StudyPlan
from nlp_cx.study.study_file import write_study_file

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
FILES = [
    str(SAMPLES / name)
    for name in ("reviews.csv", "chats.jsonl", "ratings.csv", "orders.csv", "customers.csv")
]


def test_the_samples_are_understood():
    guesses = guess_study(FILES)
    inputs = {each["name"]: each for each in guesses.raw["inputs"]}
    assert {name: each["kind"] for name, each in inputs.items()} == {
        "reviews": "reviews",
        "chats": "chats",
        "ratings": "ratings",
        "orders": "operations",
        "customers": "operations",
    }
    assert inputs["reviews"]["text"] == "review"
    assert inputs["reviews"]["interaction"] == "order_id"
    assert inputs["ratings"]["on"] == ["interaction_id=order_id"]
    assert inputs["customers"]["on"] == ["customer_id"]
    assert guesses.raw["outcomes"] == [{"column": "stars", "higher_is_better": True}]
    assert guesses.raw["groups"] == ["segment"]


def test_names_are_settled_for_the_join():
    guesses = guess_study(FILES, outcome="churned_90d")
    plan = StudyPlan(*read_study(guesses.raw))
    assert plan.grain == ("interaction_id",)
    assert [(name, each.higher_is_better) for name, each in plan.outcomes()] == [
        ("o_churned_90d", False)
    ]
    assert plan.unit_column("segment") == "o_segment"
    assert plan.unit_column("stars", is_rating=True) == "r_stars"
    assert plan.unit_column("nps") == "r_nps"


def test_a_study_file_of_guesses_is_read_again(tmp_path):
    guesses = guess_study(FILES)
    path = tmp_path / "study.toml"
    path.write_text(write_study_file(guesses), encoding="utf-8")
    study, headers = load_study(path)
    same, _ = read_study(guesses.raw)
    assert study.inputs == same.inputs
    assert (study.outcomes, study.groups, study.join) == (same.outcomes, same.groups, same.join)
    assert list(headers) == ["reviews", "chats", "ratings", "orders", "customers"]


def test_a_study_file_copies_no_values(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("姓名,评论\n王小明,很好\n李雷,不错\n", encoding="utf-8")
    text = write_study_file(guess_study([str(path)]))
    assert "王小明" not in text
    assert "很好" not in text
    assert '"姓名": text, 2, looks personal' in text


def test_hostile_names_of_columns_cannot_break_the_file(tmp_path):
    path = tmp_path / "reviews.jsonl"
    path.write_text('{"review": "ok", "a\\"\\n[x]\\\\": 1, "stars": 5}\n', encoding="utf-8")
    study = tmp_path / "study.toml"
    study.write_text(write_study_file(guess_study([str(path)])), encoding="utf-8")
    loaded, _ = load_study(study)
    assert loaded.inputs[0].text == "review"


def test_a_column_that_is_in_no_file_is_an_error(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("review,stars\nok,5\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="--outcome: there is no column 'nps'; found review"):
        guess_study([str(path)], outcome="nps")


def test_two_files_of_one_name_keep_apart(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "reviews.csv").write_text("review,stars\nok,5\n", encoding="utf-8")
    guesses = guess_study([str(tmp_path / f / "reviews.csv") for f in ("a", "b")])
    assert [each["name"] for each in guesses.raw["inputs"]] == ["reviews", "reviews_2"]
    assert guesses.raw["groups"] == ["input"]


def test_answers_are_ratings_whatever_the_file_is_called(tmp_path):
    chats, answers = tmp_path / "chats.csv", tmp_path / "quality.csv"
    chats.write_text("会话编号,角色,内容\nc1,客户,没有信号\nc1,客服,您好\n", encoding="utf-8")
    answers.write_text("会话编号,满意度,有效性\nc1,-0.5,0.2\n", encoding="utf-8")
    made = guess_study([str(chats), str(answers)])
    assert [each["kind"] for each in made.raw["inputs"]] == ["chats", "ratings"]
    assert made.raw["outcomes"][0]["column"] == "满意度"


def test_what_happened_is_no_answer_though_an_answer_stands_beside_it(tmp_path):
    texts, status = tmp_path / "reviews.csv", tmp_path / "status.csv"
    texts.write_text("customer_id,review\nA,fine\nB,bad\n", encoding="utf-8")
    status.write_text("customer_id,Satisfaction Score,Churn Label\nA,3,1\nB,2,0\n", "utf-8")
    made = guess_study([str(texts), str(status)])
    assert [each["kind"] for each in made.raw["inputs"]] == ["reviews", "operations"]


def test_the_report_speaks_the_language_of_most_texts(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("评论\n很好\n音质不错\nfine\n", encoding="utf-8")
    made = guess_study([str(path)])
    assert made.raw["language"] == "zh"
    assert any("--language" in line for line in made.lines)
    path.write_text("review\nfine\nvery good\n很好\n", encoding="utf-8")
    assert guess_study([str(path)]).raw["language"] == "en"


def test_kinds_of_columns_are_named_in_words(tmp_path):
    path = tmp_path / "chats.jsonl"
    turns = [{"speaker": "customer", "utterances": ["没有信号"]}]
    path.write_text(
        "\n".join(json.dumps({"id": f"c{i}", "turns": turns, "votes": [0, 1]}) for i in range(3)),
        encoding="utf-8",
    )
    text = write_study_file(guess_study([str(path)]))
    assert '"votes": text' in text
    assert "dictionary<" not in text


def test_the_study_file_names_what_could_be_outcomes_too(tmp_path):
    path = tmp_path / "hotels.csv"
    rows = "".join(f"fine {i},{i % 5 + 1},{i % 5 + 1},{i}\n" for i in range(20))
    path.write_text("review,rating,cleanliness,hotel_id\n" + rows, encoding="utf-8")
    guesses = guess_study([str(path)])
    assert guesses.more_outcomes == ["cleanliness"]
    text = write_study_file(guesses)
    assert '#   "cleanliness"\n# [[outcomes]]\n# column = "cleanliness"\n' in text
