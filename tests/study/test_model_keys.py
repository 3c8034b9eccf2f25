"""A model that was trained again under its name is another model."""

import json

from typer.testing import CliRunner

from nlp_cx.classify.store import load_model, save_model
from nlp_cx.cli.app import app


def save(folder, model, weights):
    spec = {key: value for key, value in model.spec.items() if key not in ("weights", "files")}
    return save_model(folder / "mine", spec, weights, card="")


def test_texts_are_scored_again_when_the_weights_change(tmp_path):
    model = load_model("fast")
    path = save(tmp_path, model, model.weights)
    reviews = tmp_path / "reviews.csv"
    reviews.write_text("review,stars\n" + "很好,5\n态度差,1\nslow delivery,2\n" * 20, "utf-8")
    study = tmp_path / "study.toml"
    study.write_text(
        f'model = "{path}"\nlanguage = "en"\nn_bootstrap = 20\n'
        '[[inputs]]\npath = "reviews.csv"\nname = "reviews"\nkind = "reviews"\ntext = "review"\n',
        encoding="utf-8",
    )

    def report():
        result = CliRunner().invoke(app, ["report", str(study), "-o", str(tmp_path / "r.html")])
        assert result.exit_code == 0, result.output
        stages = json.loads((tmp_path / "run.json").read_text("utf-8"))["stages"]
        return {name: stage["was_run"] for name, stage in stages.items()}

    assert all(report().values())
    assert not any(report().values())
    save(tmp_path, model, dict(model.weights))
    assert not any(report().values())
    changed = {n: (w * 0.9).astype(w.dtype) if "bias" in n else w for n, w in model.weights.items()}
    save(tmp_path, model, changed)
    assert report()["score reviews"]
