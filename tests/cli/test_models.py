"""The list of shipped models."""

import json
from pathlib import Path

from nlp_cx.classify.store import find_model, shipped_models
from nlp_cx.cli.models import describe_model, model_lines


def test_every_shipped_model_is_listed_with_size_metrics_data_and_licences(nlp_cx):
    result = nlp_cx("models")
    assert result.exit_code == 0, result.output
    assert "fast " in result.stdout
    assert " MB\n" in result.stdout
    assert "f1 0." in result.stdout
    assert "licences: " in result.stdout
    assert "README.md" in result.stdout


def test_the_cascade_is_named_with_what_it_asks(nlp_cx):
    assert "auto: fast-" in nlp_cx("models").stdout


def test_json_says_it_in_full(nlp_cx):
    models = json.loads(nlp_cx("models", "--json").stdout)
    assert [model["name"] for model in models] == list(shipped_models())
    for model in models:
        assert 0 < model["n_bytes"] <= 12_000_000
        assert Path(model["folder"]).is_dir()
        assert all({"source", "n_texts", "licence"} <= set(row) for row in model["data"])
        assert model["metrics"]


def test_what_a_model_says_of_itself_cannot_act_on_the_terminal(model, tmp_path):
    spec = json.loads((find_model(model) / "model.json").read_text(encoding="utf-8"))
    spec |= {"version": "\x1b[2J", "description": "[red]\u202e"}
    (tmp_path / "model.json").write_text(json.dumps(spec))
    text = "\n".join(line.plain for line in model_lines(describe_model("x", tmp_path)))
    assert r"x \x1b[2J: 0.0 MB" in text
    assert r"[red]\u202e" in text
