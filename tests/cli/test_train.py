"""The command ``nlp-cx train``: what it prints, and how it fails."""

import json
import subprocess
import sys

import pandas as pd

TAXONOMY = """
name = "two"
version = "1"
[[labels]]
id = "room"
zh = "房间"
en = "Room"
"""


def write_project(folder, labels=("room",)):
    words = [a + b for a in ("ka", "mo", "ti", "ru") for b in ("lan", "pes", "vik", "dor", "zum")]
    rows = [
        {"text": f"the room is {w}", "labels": list(labels), "sentiment": "positive"} for w in words
    ]
    rows += [{"text": f"we ate {w} soup", "labels": [], "sentiment": "negative"} for w in words]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / "texts.jsonl").write_text(text, encoding="utf-8")
    (folder / "taxonomy.toml").write_text(TAXONOMY, encoding="utf-8")
    config = 'name = "tiny"\ntaxonomy = "taxonomy.toml"\n[data]\ntrain = ["texts.jsonl"]\n'
    (folder / "config.toml").write_text(config, encoding="utf-8")


def run(*arguments, cwd):
    code = "import sys; from nlp_cx.cli.app import main; sys.argv[0] = 'nlp-cx'; main()"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def test_a_model_is_trained_and_scores_at_once(tmp_path):
    write_project(tmp_path)
    done = run("train", "config.toml", "-o", "model", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "32 texts to learn from, 8 dev" in done.stderr
    assert "epoch 3/3" in done.stderr
    assert "use it: nlp-cx score reviews.csv -o scored.parquet --model model" in done.stdout
    (tmp_path / "reviews.csv").write_text(
        "review\nthe room is new\nwe ate soup\n", encoding="utf-8"
    )
    done = run("score", "reviews.csv", "-o", "scored.csv", "--model", "model", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    scored = pd.read_csv(tmp_path / "scored.csv", keep_default_na=False)
    assert scored["room"].tolist() == ["mentioned", ""]
    assert scored["sentiment"].tolist() == ["positive", "negative"]
    done = run("explain", "the room", "--model", "model", cwd=tmp_path)
    assert done.returncode == 2
    assert "was not taught polarity" in done.stderr


def test_a_label_that_the_taxonomy_lacks_ends_with_one_message_and_no_model(tmp_path):
    write_project(tmp_path, labels=("rooms",))
    done = run("train", "config.toml", "-o", "model", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "'rooms' (20 rows, first in row 1)" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "config.toml",
        "taxonomy.toml",
        "texts.jsonl",
    ]
