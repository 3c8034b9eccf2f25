"""What every training backend promises; a new one is added to `HARNESSES`."""

import json
import resource
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch", reason="training needs the extra nlp_cx[train]")

from nlp_cx.classify.classifier import load_classifier
from nlp_cx.errors import NlpCxError, OutputError, TrainingError
from nlp_cx.pipeline import load
from nlp_cx.train.run import Watch, train_model
from nlp_cx.train.trainer import TRAINERS


@dataclass(frozen=True)
class Harness:
    """How a backend is trained here.

    Parameters
    ----------
    settings : str
        Lines of TOML: quick to train, and with dropout where there is any.
    broken : str
        Lines with which the loss is no number.
    """

    settings: str
    broken: str


HARNESSES = {
    "linear": Harness("n_rows = 2048", "n_rows = 2048\nstrength = 1e308"),
    "hashed": Harness(
        "n_rows = 2048\nn_dims = 16\nn_hidden = 16\nn_epochs = 12\nbatch_size = 16",
        "n_rows = 2048\nn_dims = 16\nn_hidden = 16\nn_epochs = 2\nnetwork_rate = 1e25",
    ),
    "transformer": Harness(
        'checkpoint = "CHECKPOINT"\nepochs = 20\nbatch_size = 8\nlength = 24\nrate = 3e-3\n'
        'head_rate = 1e-2\ndropout = 0.0\nn_hidden = 16\nquantize = "fp32"\nprecision = "fp32"\ndevice = "cpu"',
        'checkpoint = "CHECKPOINT"\nepochs = 2\nlength = 24\nrate = 1e30\nhead_rate = 1e30\n'
        'quantize = "fp32"\nprecision = "fp32"\ndevice = "cpu"',
    ),
}

TAXONOMY = """
name = "inn"
version = "1"
[[labels]]
id = "room"
zh = "房间"
en = "Room"
[[labels]]
id = "staff"
zh = "员工"
en = "Staff"
"""
THIRD = '[[labels]]\nid = "parking"\nzh = "停车"\nen = "Parking"\n'

NOUNS = {
    "room": {"zh": ["房间", "床"], "en": ["room", "bed"]},
    "staff": {"zh": ["前台", "服务员"], "en": ["staff", "waiter"]},
}
ADJECTIVES = {
    "positive": {"zh": ["好", "棒"], "en": ["great", "nice"]},
    "negative": {"zh": ["差", "糟"], "en": ["bad", "awful"]},
}
FORMS = {
    "zh": ["{}很{}", "{}真{}", "这里{}太{}", "{}实在{}"],
    "en": ["the {} was very {}", "the {} is so {}", "a {} and it is {}", "{} was {}"],
}


def make_rows():
    """Make 128 texts about one label each."""
    return [
        {"text": form.format(noun, word), "labels": {label: polarity}, "sentiment": polarity}
        for label, nouns in NOUNS.items()
        for lang, forms in FORMS.items()
        for polarity, words in ADJECTIVES.items()
        for form in forms
        for noun in nouns[lang]
        for word in words[lang]
    ]


class Projects:
    """Folders with a configuration, texts and a taxonomy."""

    def __init__(self, root, checkpoint):
        self.root, self.checkpoint, self.n = root, checkpoint, 0

    def write(self, backend, *, rows=None, settings=None, data="", taxonomy=TAXONOMY, seed=0):
        """Write one; give the path of its configuration."""
        self.n += 1
        folder = self.root / f"{backend}{self.n}"
        folder.mkdir()
        lines = [json.dumps(row, ensure_ascii=False) for row in (rows or make_rows())]
        (folder / "texts.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / "taxonomy.toml").write_text(taxonomy, encoding="utf-8")
        settings = settings or HARNESSES[backend].settings
        path = folder / "config.toml"
        path.write_text(
            f'name = "tiny"\ntaxonomy = "taxonomy.toml"\nbackend = "{backend}"\n'
            f"random_state = {seed}\n[stopping]\ncheckpoint_steps = 2\n[data]\n"
            f'train = ["texts.jsonl"]\nnear = 1.0\n{data}\n[settings]\n'
            + settings.replace("CHECKPOINT", str(self.checkpoint)),
            encoding="utf-8",
        )
        return path


@pytest.fixture(scope="module")
def projects(tmp_path_factory, tiny_checkpoint):
    return Projects(tmp_path_factory.mktemp("trainers"), tiny_checkpoint)


@pytest.fixture(scope="module", params=HARNESSES)
def backend(request):
    if request.param == "transformer":
        pytest.importorskip("onnxruntime", reason="checkpoints need the extra nlp_cx[train]")
    return request.param


@pytest.fixture(scope="module")
def config(projects, backend):
    return projects.write(backend)


@pytest.fixture(scope="module")
def steps(backend):
    """Numbers of the steps that were told."""
    return []


@pytest.fixture(scope="module")
def whole(config, steps):
    """The folder of a training that nothing happened to."""
    output = config.parent / "whole"
    watch = Watch(on_step=lambda done, total: steps.append(done))
    return train_model(config, output, watch=watch).folder


def read_folder(folder):
    """Give the bytes of what a training decides; not its seconds."""
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    spec = json.loads(files.pop("model.json"))
    del spec["trained_seconds"], files["README.md"]
    return files, spec


def list_folder(folder):
    return sorted(path.name for path in folder.iterdir())


def test_every_backend_is_tested():
    assert set(HARNESSES) == set(TRAINERS)


def test_the_folder_loads_and_scores_the_labels_it_was_taught(whole):
    rows = make_rows()
    assert load_classifier(whole).drivers == ("room", "staff")
    scored = load(whole).score_texts([row["text"] for row in rows])
    for label in NOUNS:
        gold = [row["labels"].get(label) for row in rows]
        found = [None if pd.isna(cell) else cell for cell in scored[label]]
        assert np.mean([a == b for a, b in zip(gold, found, strict=True)]) > 0.8
    assert (scored["sentiment"] == [row["sentiment"] for row in rows]).mean() > 0.9
    assert load(whole).score_texts([None, ""])[["room", "sentiment"]].isna().all(axis=None)
    spec = json.loads((whole / "model.json").read_text())
    assert spec["taxonomy"]["en"] == {"room": "Room", "staff": "Staff"}
    assert not whole.with_name("whole.training").exists()


def test_the_same_seed_gives_the_same_bytes(whole, config):
    again = train_model(config, config.parent / "again").folder
    assert read_folder(again) == read_folder(whole)


KILL = """
import os, signal, sys
import torch
torch.set_num_threads(1)
from nlp_cx.train.run import Watch, train_model
from nlp_cx.train.trainer import TRAINERS, load_trainer
for name in TRAINERS:
    load_trainer(name)
def die(done, total):
    if done >= 0.6 * total:
        os.kill(os.getpid(), signal.SIGKILL)
for config, output in zip(sys.argv[1::2], sys.argv[2::2]):
    child = os.fork()
    if not child:
        train_model(config, output, watch=Watch(on_step=die))
        os._exit(0)
    print(os.WTERMSIG(os.waitpid(child, 0)[1]))
"""


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Sums of several threads round in another order: all trainings here have one, killed or not."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def killed(projects):
    """Paths of configurations whose training was killed in mid-epoch."""
    paths = {name: projects.write(name) for name in HARNESSES}
    told = [str(p) for path in paths.values() for p in (path, path.parent / "model")]
    done = subprocess.run(
        [sys.executable, "-c", KILL, *told], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(int(signal.SIGKILL))] * len(HARNESSES), done.stderr
    return paths


def test_a_killed_training_ends_as_if_it_had_not_been(backend, killed, whole, steps):
    path = killed[backend]
    assert not (path.parent / "model").exists()
    told = []
    watch = Watch(on_step=lambda done, total: told.append(done))
    resumed = train_model(path, path.parent / "model", watch=watch).folder
    assert read_folder(resumed) == read_folder(whole)
    assert told == [step for step in steps if step >= told[0]]
    assert steps[0] < told[0] <= steps[-1]  # it went on, and did not start again
    assert not resumed.with_name("model.training").exists()


@pytest.mark.parametrize("cell", [None, "not_mentioned"])
def test_a_missing_label_teaches_nothing(projects, backend, cell):
    # Two of three texts about the staff say nothing of the label. Where they say that it is not
    # mentioned, which is wrong, they outvote the third.
    rows = []
    for i, row in enumerate(make_rows()):
        ((label, polarity),) = row["labels"].items()
        cells = {"room": "not_mentioned", "staff": "not_mentioned", label: polarity}
        if label == "staff" and i % 3:
            cells["staff"] = cell
        rows.append({"text": row["text"], **cells})
    path = projects.write(backend, rows=rows)
    folder = train_model(path, path.parent / "model").folder
    scored = load(folder).score_texts([row["text"] for row in rows])
    staff = np.array([row["room"] == "not_mentioned" for row in rows])
    p_staff = scored["p_staff"].to_numpy()
    assert ((p_staff[staff] > 0.5).mean() > 0.8) == (cell is None)
    assert (p_staff[~staff] < 0.5).mean() > 0.8
    # Nobody told it a sentiment, so it tells none.
    assert json.loads((folder / "model.json").read_text())["learned"] == ["polarity"]
    assert scored["sentiment"].isna().all()


def test_a_label_without_examples_is_refused(projects, backend):
    path = projects.write(backend, taxonomy=TAXONOMY + THIRD)
    with pytest.raises(TrainingError, match="no training text has the label parking"):
        train_model(path, path.parent / "model")
    assert list_folder(path.parent) == ["config.toml", "taxonomy.toml", "texts.jsonl"]


def test_a_loss_that_is_no_number_ends_the_training_and_saves_nothing(projects, backend):
    path = projects.write(backend, settings=HARNESSES[backend].broken)
    with pytest.raises(TrainingError, match=r"the loss is (nan|inf)"):
        train_model(path, path.parent / "model")
    assert not (path.parent / "model").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are those of Unix")
def test_a_full_disk_changes_nothing_and_loses_nothing(projects, backend, whole):
    path = projects.write(backend, seed=1)
    output = path.parent / "model"
    shutil.copytree(whole, output)
    before = {p.name: p.read_bytes() for p in output.iterdir()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(OutputError, match=r"cannot be written \(File too large\)"):
            train_model(path, output)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {p.name: p.read_bytes() for p in output.iterdir()} == before
    assert not [name for name in list_folder(path.parent) if name.startswith(".")]
    kept = path.parent / "model.training"
    assert not kept.exists() or not [name for name in list_folder(kept) if "part" in name]


def test_a_place_that_cannot_be_written_is_told_before_training(projects, backend):
    path = projects.write(backend)
    with pytest.raises(OutputError, match="cannot be written"):
        train_model(path, path / "model")  # below a file
    with pytest.raises(OutputError, match="exists and is not a model folder"):
        train_model(path, path.parent)
    assert list_folder(path.parent) == ["config.toml", "taxonomy.toml", "texts.jsonl"]


def test_all_wrong_settings_are_named(projects, backend):
    wrong = {
        "linear": "strength = -1.0\nn_rows = 10",
        "hashed": "n_epochs = 0\ndropout = 1.5",
        "transformer": "epochs = 0\ndropout = 1.5",
    }[backend]
    path = projects.write(backend, settings=wrong)
    names = [line.split()[0] for line in wrong.splitlines()]
    with pytest.raises(NlpCxError, match=".*".join(sorted(names, key=wrong.index))) as told:
        train_model(path, path.parent / "model")
    assert Path(path).name in str(told.value)
