"""A configuration gives a model folder that scores at once; what goes wrong saves nothing."""

import json

import pandas as pd
import pytest
from safetensors.numpy import load_file, save_file

from nlp_cx.errors import OutputError, TrainingError
from nlp_cx.pipeline import load
from nlp_cx.train import checkpoints
from nlp_cx.train.run import train_model


@pytest.fixture
def trained(project, tmp_path):
    return train_model(project(), tmp_path / "model")


def test_the_model_scores_its_own_labels_at_once(trained):
    pipeline = load(trained.folder)
    assert pipeline.drivers == ("room", "staff")
    scored = pipeline.score_texts(["酒店的房间真是发霉", "reception seemed friendly", None])
    assert scored["room"].tolist()[0] == "negative"
    assert scored["staff"].tolist()[1] == "positive"
    assert scored[["room", "staff", "sentiment"]].iloc[2].isna().all()
    evidence = pipeline.evidence(["房间干净，前台冷漠"])
    assert evidence[["clause", "driver", "driver_polarity"]].values.tolist() == [
        ["房间干净", "room", "positive"],
        ["前台冷漠", "staff", "negative"],
    ]


def test_what_the_model_was_not_taught_is_missing_not_guessed(project, tmp_path, make_rows):
    rows = [{"text": row["text"], "labels": list(row["labels"])} for row in make_rows()]
    folder = train_model(project(rows=rows), tmp_path / "model").folder
    assert json.loads((folder / "model.json").read_text())["learned"] == []
    scored = load(folder).score_texts(["酒店的房间真是发霉", "in the park"])
    assert scored["room"].astype(object).fillna("").tolist() == ["mentioned", ""]
    unknown = ["sentiment", "sentiment_score", "p_positive", "room_score", "loyalty", "mixed"]
    assert scored[unknown].isna().all(axis=None)
    assert scored["p_room"].between(0, 1).all()


def test_the_folder_holds_the_filled_configuration_the_epochs_and_a_card(trained):
    spec = json.loads((trained.folder / "model.json").read_text())
    assert spec["taxonomy"]["zh"] == {"room": "房间", "staff": "员工"}
    filled = json.loads((trained.folder / "training.json").read_text())
    assert filled["data"]["dev_share"] == 0.2
    epochs = [json.loads(x) for x in (trained.folder / "metrics.jsonl").read_text().splitlines()]
    assert [e["epoch"] for e in epochs] == [1, 2, 3]
    assert epochs[-1]["score"] > 0.7
    assert "| lang | n |" in (trained.folder / "README.md").read_text()
    assert not trained.folder.with_name("model.training").exists()


def test_the_same_configuration_gives_the_same_weights(project, tmp_path):
    path = project()
    a = train_model(path, tmp_path / "a").folder / "weights.safetensors"
    b = train_model(path, tmp_path / "b").folder / "weights.safetensors"
    assert a.read_bytes() == b.read_bytes()


def test_an_output_that_is_no_model_is_not_replaced(project, tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(OutputError, match="exists and is not a model folder"):
        train_model(project(), tmp_path / "photos")
    assert list((tmp_path / "photos").iterdir()) == []


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one(tmp_path, monkeypatch):
    state, arrays = {"step": 1}, {"a": pd.array([1.0, 2.0]).to_numpy()}
    checkpoints.save_checkpoint(tmp_path / "c", "key", state, arrays)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints.os, "fsync", full)
    with pytest.raises(OutputError, match=r"No space left on device.*The last one is unchanged"):
        checkpoints.save_checkpoint(tmp_path / "c", "key", {"step": 2}, arrays)
    assert checkpoints.load_checkpoint(tmp_path / "c", "key").state == {"step": 1}
    assert [p.name for p in (tmp_path / "c").iterdir()] == ["checkpoint.safetensors"]


def test_a_checkpoint_of_another_training_or_a_later_format_is_refused(tmp_path):
    arrays = {"a": pd.array([1.0]).to_numpy()}
    checkpoints.save_checkpoint(tmp_path, "key", {}, arrays)
    with pytest.raises(TrainingError, match="other data, settings or architecture"):
        checkpoints.load_checkpoint(tmp_path, "other")
    path = tmp_path / "checkpoint.safetensors"
    save_file(load_file(path), path, metadata={"format": "2", "key": "key", "state": "{}"})
    with pytest.raises(TrainingError, match="format 2, but this version reads format 1"):
        checkpoints.load_checkpoint(tmp_path, "key")
    path.write_bytes(b"\x00" * 40)
    with pytest.raises(TrainingError, match="damaged"):
        checkpoints.load_checkpoint(tmp_path, "key")
    assert checkpoints.load_checkpoint(tmp_path / "nowhere", "key") is None
