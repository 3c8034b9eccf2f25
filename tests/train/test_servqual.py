"""The example of a taxonomy of one's own: one command gives a classifier that beats guessing."""

from pathlib import Path

import pandas as pd
import pytest

from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.train.run import train_model

FOLDER = Path(__file__).parents[2] / "data" / "examples" / "servqual"


def test_every_label_has_examples_in_both_languages():
    taxonomy = load_taxonomy(FOLDER / "taxonomy.toml")
    assert taxonomy.ids == load_taxonomy("servqual").ids
    for label in taxonomy.labels:
        assert {example.lang for example in label.examples} == {"zh", "en"}
        assert label.definition_zh


def test_one_command_gives_a_classifier_that_beats_guessing(tmp_path):
    pytest.importorskip("torch")
    for name in ("config.toml", "taxonomy.toml", "texts.jsonl"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        # Half as long as the example, to spare the machine that runs the tests.
        text = text.replace("n_epochs = 60", "n_epochs = 30")
        (tmp_path / name).write_text(text, encoding="utf-8")
    metrics = train_model(tmp_path / "config.toml", tmp_path / "servqual").metrics
    tables = [pd.DataFrame(rows).set_index("lang") for rows in metrics.values()]
    held_out, guessed = (table.loc["all"] for table in tables)
    assert held_out["n"] == 119
    assert held_out["pair_macro_f1"] > guessed["pair_macro_f1"] + 0.1
