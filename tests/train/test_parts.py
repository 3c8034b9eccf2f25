"""Data that cannot be trained on is refused, with what was found and what to do."""

import json
from collections import Counter

import pytest

from nlp_cx.errors import ConfigError, InputError, TaxonomyError, TrainingError
from nlp_cx.train.config import load_train_config
from nlp_cx.train.parts import gather_parts

WORDS = [a + b for a in ("ka", "mo", "ti", "ru") for b in ("lan", "pes", "vik", "dor", "zum")]


def gather(path):
    config, _ = load_train_config(path)
    return gather_parts(config, path.parent)


def text_rows(*pairs):
    return [{"text": text, "labels": labels} for text, labels in pairs]


def test_a_label_that_the_taxonomy_lacks_is_named_with_its_row(project):
    rows = text_rows(("a b c", ["room"]), ("d e f", ["rooms"]), ("g h", []))
    with pytest.raises(TaxonomyError, match=r"'rooms' \(1 rows, first in row 2\).*room, staff"):
        gather(project(rows=rows))


def test_a_class_without_examples_is_refused(project):
    rows = text_rows(("a b c", ["room"]), ("d e f", []), ("g h i", ["room"]), ("k l m", []))
    with pytest.raises(TrainingError, match="no training text has the label staff"):
        gather(project(rows=rows, data="dev_share = 0.25"))


def test_an_empty_cell_is_not_the_same_as_not_mentioned(project, tmp_path):
    rows = [
        {"text": f"{word} {text}", **labels}
        for word in WORDS[:4]
        for text, labels in {
            "the room is fine": {"room": "positive", "staff": None},
            "the staff is fine": {"room": None, "staff": "positive"},
            "awful staff, really": {"room": "not_mentioned", "staff": "negative"},
            "an ugly small room": {"room": "negative", "staff": "not_mentioned"},
        }.items()
    ]
    path = project(rows=rows, data="dev_share = 0.25")
    every = gather(path)
    both = [*every.data.examples["room"], *every.data.dev["room"]]
    assert Counter(both) == {None: 4, "negative": 4, "not_mentioned": 4, "positive": 4}
    path = project(rows=rows, data='dev_share = 0.25\nempty = "not_mentioned"')
    every = gather(path)
    both = [*every.data.examples["room"], *every.data.dev["room"]]
    assert Counter(both) == {"negative": 4, "not_mentioned": 8, "positive": 4}
    for row in rows:
        for label in ("room", "staff"):
            row[label] = row[label] if row[label] != "not_mentioned" else None
    with pytest.raises(TrainingError, match="known not to mention room, staff: empty cells say"):
        gather(project(rows=rows, data="dev_share = 0.25"))


def test_values_that_are_not_understood_are_counted(project):
    rows = [{"text": "x y", "room": "pos"}, {"text": "z w", "room": "POSITIVE"}]
    with pytest.raises(InputError, match=r"'room': 1 values.*'pos' \(1\).*data.values"):
        gather(project(rows=rows))


def test_words_of_the_file_are_translated(project):
    rows = [{"text": f"it was {word}", "sentiment": i % 2} for i, word in enumerate(WORDS)]
    data = '[data.values]\n"1" = "positive"\n"0" = "negative"'
    parts = gather(project(rows=rows, data=data))
    assert set(parts.data.examples["sentiment"]) == {"positive", "negative"}
    assert parts.data.examples["room"].isna().all()


def test_given_parts_that_share_a_group_are_refused(project, tmp_path):
    rows = [{"text": "the room was fine", "labels": ["room"], "order_no": "A1"}]
    (tmp_path / "dev.jsonl").write_text(json.dumps(rows[0]), encoding="utf-8")
    data = 'dev = ["dev.jsonl"]\nsplit = "group"\ngroup = "order_no"'
    with pytest.raises(InputError, match=r"train and dev share 1 groups of column 'order_no'"):
        gather(project(data=data))  # A1 holds rows 4 to 6


def test_a_split_by_group_shares_none(project):
    parts = gather(project(data='split = "group"\ngroup = "order_no"\ntest_share = 0.2'))
    sides = [set(part["group"]) for part in (parts.data.examples, parts.data.dev, parts.test)]
    assert not sides[0] & sides[1]
    assert not (sides[0] | sides[1]) & sides[2]
    assert min(map(len, sides)) > 0


def test_a_split_by_time_keeps_the_latest_out(project):
    parts = gather(project(data='split = "time"\ntime = "day"\non_leak = "drop"'))
    assert parts.data.examples["time"].max() < parts.data.dev["time"].min()


def test_copies_and_near_copies_stay_on_one_side_of_a_random_split(project):
    text = "we came back to this small place by the river for a third time and will again, number "
    rows = text_rows(
        *((f"{text}{i % 3}{'!' * i}", ["room"]) for i in range(6)),
        *((f"{'abcdefghij'[i] * 9} {'qwertyuiop'[i] * 8} word", ["staff"]) for i in range(10)),
        *((f"{'klmnopqrst'[i] * 9} {'asdfghjklz'[i] * 8} word", []) for i in range(10)),
    )
    path = project(rows=rows)
    path.write_text(path.read_text().replace("near = 1.0", "near = 0.7"))
    parts = gather(path)
    in_dev = parts.data.dev["text"].str.startswith("we came").sum()
    assert in_dev in (0, 6)


def test_training_texts_that_dev_has_too_are_dropped_and_told(project, tmp_path):
    (tmp_path / "dev.jsonl").write_text(
        json.dumps({"text": "The STAFF were friendly!!", "labels": {"staff": "positive"}}),
        encoding="utf-8",
    )
    parts = gather(project(data='dev = ["dev.jsonl"]'))
    assert [(leak["part"], leak["reason"], leak["n_dropped"]) for leak in parts.leaks] == [
        ("dev", "same_text", 1)
    ]
    assert not parts.data.examples["text"].str.contains("staff were friendly").any()
    with pytest.raises(InputError, match="1 rows share their text with dev"):
        gather(project(data='dev = ["dev.jsonl"]\non_leak = "fail"'))


def test_mistakes_of_a_configuration_are_named_together(project):
    path = project(data='split = "group"\ndev_share = 1.5', top="[stopping]\npatience = -1")
    with pytest.raises(ConfigError, match="3 mistakes") as caught:
        load_train_config(path)
    assert "data.group: not named" in str(caught.value)
    with pytest.raises(ConfigError, match="strenght: unknown; did you mean 'strength'"):
        load_train_config(project(settings="strenght = 2"))
    with pytest.raises(ConfigError, match="backend 'lineal': unknown; expected one of linear"):
        load_train_config(project(backend="lineal"))


def test_balanced_weights_are_larger_for_rarer_labels(project):
    rows = text_rows(
        *((f"room {word}", ["room"]) for word in WORDS[:16]),
        *((f"staff {word}", ["staff"]) for word in WORDS[:8]),
        *((f"else {word}", []) for word in WORDS[:4]),
    )
    weights = gather(project(rows=rows, top='class_weights = "balanced"')).data.class_weights
    assert weights["staff"] > weights["room"] >= 1
    with pytest.raises(ConfigError, match="class_weights: rom"):
        gather(project(rows=rows, top="class_weights = {rom = 2.0}"))
