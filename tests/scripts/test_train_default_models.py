"""The shipped models' script and ``data.source = "default"``, all the way on a little data."""

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("torch", reason="training needs the extra nlp_cx[train]")

from nlp_cx.classify.classifier import load_classifier
from nlp_cx.pipeline import load
from nlp_cx.train.run import Watch, train_model

SCRIPTS = Path(__file__).parents[2] / "scripts"

pytestmark = pytest.mark.filterwarnings("ignore::nlp_cx.errors.DataWarning")

CONFIG = """
name = "tiny"
backend = "linear"
[data]
source = "default"
most = {most}
use_lexicons = true
use_unlabelled = true
[settings]
n_rows = 8192
n_rounds = 1
"""

LEXICONS = {
    "vader_lexicon.txt": ["lovely\t2.8\t0.6\t[]", "awful\t-2.0\t0.6\t[]"],
    "bingliu_positive-words.txt": ["; a comment", "lovely"],
    "bingliu_negative-words.txt": ["; a comment", "awful"],
    "dutir_emotion_ontology.csv.gz": ["漂亮,adj,1,1,PH,7,1", "难看,adj,1,1,NN,7,2"],
} | {
    name.format(sign): [word]
    for name, words in {
        "hownet_en_{}_evaluation.txt": ("lovely", "awful"),
        "hownet_zh_{}_evaluation.txt": ("漂亮", "难看"),
        "hownet_zh_{}_emotion.txt": ("高兴", "难过"),
        "ntusd_{}_simplified.txt": ("漂亮", "难看"),
        "tsinghua_lijun_{}.txt": ("漂亮", "难看"),
    }.items()
    for sign, word in zip(("pos", "neg"), words, strict=True)
}


@pytest.fixture(scope="module")
def whole(data, write_lines, tmp_path_factory):
    """The invented folder, with unlabelled reviews and lexicons."""
    root = tmp_path_factory.mktemp("whole") / "shared"
    shutil.copytree(data, root)
    for name, lines in LEXICONS.items():
        write_lines(root / "data" / "lexicons" / name, lines)
    for lang, text in (("zh", "这把伞第{}次用就坏了"), ("en", "used it {} times and it broke")):
        lines = [f"mine\t{text.format(i)}" for i in range(40)]
        write_lines(root / "data" / f"unlabelled_reviews_{lang}" / "reviews.tsv.gz", lines)
    return root


@pytest.fixture(scope="module")
def script():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        import train_default_models
    return train_default_models


def test_a_configuration_trains_on_the_data_of_the_catalogue(whole, tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(most=150), encoding="utf-8")
    parts = []
    trained = train_model(
        path, tmp_path / "model", data_root=str(whole), watch=Watch(on_data=parts.append)
    )
    sizes = parts[0].data.examples["source"].value_counts()
    assert sizes["written"] == 150
    assert sizes.drop("lexicons").max() == 150
    assert parts[0].data.unlabelled["source"].value_counts().max() <= 150
    spec = json.loads((trained.folder / "model.json").read_text())
    assert {row["source"] for row in spec["data"]} >= {"gold", "written", "amazon_polarity10k_en"}
    assert [title for title in spec["metrics"] if title.startswith("Dev")]
    scored = load(trained.folder).score_texts(["台灯干净，而且好吃", "The desk was rude"])
    assert scored["sentiment"].tolist() == ["positive", "negative"]


def test_a_share_is_drawn_from_every_source(script):
    frame = pd.DataFrame({"source": ["a"] * 200 + ["b"] * 3, "text": range(203)})
    drawn = script.take_share(frame, 0.1)
    assert drawn["source"].value_counts().to_dict() == {"a": 20, "b": 1}
    assert drawn["text"].is_monotonic_increasing
    assert drawn.equals(script.take_share(frame, 0.1))


def run_script(script, root, folder, model, *more):
    script.main([
        *("--data", str(root), "-o", str(folder / "models"), "--work", str(folder / "work")),
        *("--model", model, "--teachers", "1", "--share", more[0], *more[1:]),
    ])  # fmt: skip
    return folder / "models" / model


def check_shipped(folder, name):
    """A folder such as ships: it loads, scores, and says what it is."""
    classifier = load_classifier(folder)
    assert classifier.id.startswith(f"{name}-")
    scored = load(folder).score_texts(["上周的房间，我觉得不好", "The staff was rude", None])
    assert scored["p_positive"].notna().tolist() == [True, True, False]
    spec = json.loads((folder / "model.json").read_text())
    assert spec["limits"][0].endswith("to try it out: not for use.")
    assert "--share" in spec["command"]
    assert spec["metrics"]["Six-driver gold set, dev split"]
    assert "not for use" in (folder / "README.md").read_text()
    return spec


def test_the_fast_model_is_made_from_end_to_end(script, whole, tmp_path):
    spec = check_shipped(run_script(script, whole, tmp_path, "fast", "0.1"), "fast")
    assert spec["backend"] == "hashed"
    assert list((tmp_path / "work").glob("teacher_*.npy"))


def test_the_accurate_model_is_made_from_end_to_end(script, whole, tmp_path):
    folder = run_script(script, whole, tmp_path, "accurate", "0.1", "--steps", "3", "--decay", "1")
    spec = check_shipped(folder, "accurate")
    assert spec["backend"] == "encoder"
    assert spec["training"]["tokens read"].startswith("up to 12,288 in 3 steps")


@pytest.mark.parametrize(
    ("more", "words"),
    [(["--share", "0"], "expected above 0 up to 1"), (["--model", "accurate"], "needs --work")],
)
def test_wrong_options_are_told_before_any_data_is_read(script, whole, capsys, more, words):
    with pytest.raises(SystemExit):
        script.main(["--data", str(whole), *more])
    assert words in capsys.readouterr().err


@pytest.mark.data
@pytest.mark.skipif(
    not os.environ.get("NLP_CX_DATA"), reason="NLP_CX_DATA names the folder of the real data"
)
def test_the_real_data_trains_a_model_too(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(most=60), encoding="utf-8")
    folder = train_model(path, tmp_path / "model").folder
    spec = json.loads((folder / "model.json").read_text())
    assert len(spec["data"]) > 20
    scored = load(folder).score_texts(["味道很好，服务也热情", "Terrible service, never again"])
    assert scored["sentiment"].tolist() == ["positive", "negative"]
