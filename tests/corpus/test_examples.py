import logging
import shutil

import numpy as np
import pandas as pd
import pytest

from nlp_cx.corpus.examples import (
    COLUMNS,
    count_labels,
    load_examples,
    load_test_sets,
    load_unlabelled,
)
from nlp_cx.errors import DataWarning, InputError


def texts(examples, source):
    return examples.loc[examples["source"] == source, "text"].tolist()


def test_examples_have_the_declared_columns_and_plain_types(root):
    examples = load_examples(root)
    assert tuple(examples.columns) == COLUMNS
    assert examples["example_id"].is_unique
    assert examples["license_stated"].dtype == bool
    assert examples["weight"].dtype == np.float64
    assert all(value is None for value in examples.loc[examples["source"] == "shop_zh", "price"])


def test_only_usable_texts_that_are_in_no_test_stay(root):
    # Dropped: row 1 unreadable, 2 in test, 3 and 9 rows of gold dev and test, 4 filler, 5 no
    # letter, 6 and 7 one text with both labels, 8 in a protected file.
    assert texts(load_examples(root), "shop_zh") == ["杯子很漂亮"]


def test_copy_of_an_earlier_set_of_the_family_goes(root):
    # The first is a copy, the second protected, the third too short.
    assert texts(load_examples(root), "copies_zh") == ["袋子破"]


def test_gold_sentences_of_a_held_out_review_go(root):
    # The last but one is the translation of a conversation with a test text, the last is not.
    assert texts(load_examples(root), "gold") == ["杯子漂亮", "雨伞好看", "Thanks, it came"]


def test_written_texts_come_from_both_places(root):
    written = load_examples(root).set_index("source").loc["written"].set_index("example_id")
    own = written.loc["written/train_en.tsv/x1"]
    assert own[["lang", "sentiment", "product", "price", "service", "loyalty"]].tolist() == [
        "en",
        "mixed",
        "positive",
        "mixed",
        "not_mentioned",
        "negative",
    ]
    assert written.loc["written/written_train.jsonl/w0", "text"] == "会员日没有优惠"


def test_carved_splits_share_no_text_and_lose_none(root):
    train = texts(load_examples(root), "aspects_en")
    dev = load_test_sets(root, "dev")["aspects_en"]["text"].tolist()
    assert len(train) + len(dev) == 6
    assert train
    assert dev
    assert not set(train) & set(dev)
    assert dev == load_test_sets(root, "dev")["aspects_en"]["text"].tolist()


def test_rows_of_gold_training_texts_are_not_carved_into_dev(root, put_gold):
    put_gold(*((f"text {word}", row, {}) for row, word in enumerate("abcdef")))
    assert len(texts(load_examples(root), "aspects_en")) == 6
    assert len(load_test_sets(root, "dev")["aspects_en"]) == 0


def test_labels_of_an_exhaustive_set_tell_absent_from_unknown(root):
    row = load_examples(root).query("source == 'aspects_en'").iloc[0]
    assert (row["product"], row["price"], row["service"]) == ("positive", "not_mentioned", None)


def test_only_licensed_keeps_permitted_sources_and_own_texts(root):
    examples = load_examples(root, only_licensed=True)
    assert examples["license_stated"].all()
    assert examples["source"].unique().tolist() == ["gold", "written", "shop_zh"]
    assert texts(examples, "gold") == ["杯子漂亮", "雨伞好看"]


def test_soft_sources_are_marked(root):
    marks = load_examples(root).groupby("source")[["is_soft", "weight"]].first()
    assert marks.loc["copies_zh"].tolist() == [True, 0.5]
    assert marks.loc["gold"].tolist() == [False, 1.0]


def test_drops_are_counted_by_reason(root):
    dropped = load_examples(root).attrs["dropped"]
    assert dropped["read"]["shop_zh"] == 7  # of ten: one unreadable, a filler, no letter
    assert dropped["same_text"]["shop_zh"] == 2
    assert dropped["same_row"] == {
        "aspects_en": 0,
        "copies_zh": 0,
        "gold": 2,
        "shop_zh": 2,
        "written": 0,
    }
    assert dropped["copy"] == {"copies_zh": 1, "shop_zh": 2}


def test_test_sets_are_read_whole_and_with_a_note_in_the_log(root, caplog):
    with caplog.at_level(logging.INFO, logger="nlp_cx"):
        sets = load_test_sets(root, "test")
    assert list(sets) == ["gold", "shop_zh"]
    assert sets["shop_zh"]["text"].tolist() == ["盖子漏水！", "888", "此用户未填写评价内容"]
    assert tuple(sets["gold"].columns) == COLUMNS
    assert "reading the test splits" in caplog.text


def test_training_leaves_no_note_of_reading_tests(root, caplog):
    with caplog.at_level(logging.INFO, logger="nlp_cx"):
        load_examples(root)
    assert "splits" not in caplog.text


@pytest.mark.parametrize("split", ["test", "dev", "valid"])
def test_load_examples_gives_train_only(root, split):
    with pytest.raises(InputError, match="use load_test_sets"):
        load_examples(root, split=split)


def test_train_is_no_test_set(root):
    with pytest.raises(InputError, match="expected dev or test"):
        load_test_sets(root, "train")


def test_unlabelled_texts_keep_clear_of_tests(root):
    found = load_unlabelled(root)
    assert found["text"].tolist() == ["雨伞很轻"]
    assert found["source"].tolist() == ["loose_zh:open"]
    assert found["license_stated"].tolist() == [True]


def test_missing_data_set_is_left_out_with_one_warning(root):
    shutil.rmtree(root / "data" / "copies_zh")
    with pytest.warns(DataWarning, match="1 data sets .* copies_zh") as caught:
        examples = load_examples(root)
    assert len(caught) == 1
    assert "copies_zh" not in set(examples["source"])


def test_missing_file_of_a_data_set_is_an_error(root):
    (root / "data" / "shop_zh" / "test.jsonl").unlink()
    with pytest.raises(InputError, match=r"test\.jsonl: cannot be read"):
        load_examples(root)


def test_labels_are_counted_per_source(root):
    counts = count_labels(load_examples(root))
    assert counts.loc["gold", "n"] == 3
    assert counts.loc["gold", "product:positive"] == 1
    assert counts.loc["shop_zh", "sentiment:positive"] == 1
    assert counts.loc["shop_zh", "product:positive"] == 0


def test_loading_twice_gives_the_same_table(root):
    pd.testing.assert_frame_equal(load_examples(root), load_examples(root))
