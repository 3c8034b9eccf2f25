"""A training that is killed in mid-epoch and started again gives what it would have given."""

import json
import signal
import subprocess
import sys

import pytest

pytest.importorskip("torch")

SETTINGS = "n_rows = 4096\nn_dims = 16\nn_hidden = 16\nn_epochs = 3\ngold_weight = 1.0"

RUN = """
import sys
from nlp_cx.train.run import Watch, train_model
config, output, die_at = sys.argv[1], sys.argv[2], int(sys.argv[3])
seen = []
def on_step(done, total):
    seen.append(done)
    if die_at and done == die_at:
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
train_model(config, output, watch=Watch(on_step=on_step))
print(seen[0], seen[-1])
"""


def run(path, output, die_at):
    command = [sys.executable, "-c", RUN, str(path), str(output), str(die_at)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_killed_training_goes_on_to_the_same_bytes(project, tmp_path):
    rows = [
        {"text": f"{word} {noun} {chr(97 + i % 26) * 3}{chr(97 + i // 26) * 4}", "labels": {label: polarity}, "sentiment": polarity}
        for i in range(80)
        for noun, label in (("room", "room"), ("waiter", "staff"))
        for word, polarity in (("good", "positive"), ("awful", "negative"), ("nice", "positive"),
                               ("bad", "negative"))
    ]  # fmt: skip
    top = "[stopping]\ncheckpoint_steps = 1"
    path = project(rows=rows, backend="hashed", settings=SETTINGS, top=top)
    whole = run(path, tmp_path / "whole", 0)
    assert whole.returncode == 0, whole.stderr
    first, last = map(int, whole.stdout.split())
    assert (first, last) == (1, 6)  # two steps an epoch
    killed = run(path, tmp_path / "model", 4)  # step 3 is kept, in the middle of the second epoch
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "model").exists()
    again = run(path, tmp_path / "model", 0)
    assert again.stdout.split() == ["4", "6"], again.stderr
    for name in ("weights.safetensors", "metrics.jsonl"):
        assert (tmp_path / "model" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    epochs = (tmp_path / "model" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in epochs] == [1, 2, 3]


def test_a_loss_that_is_no_number_stops_and_saves_nothing(project, tmp_path):
    from nlp_cx.errors import TrainingError
    from nlp_cx.train.run import train_model

    path = project(backend="hashed", settings=SETTINGS + "\nnetwork_rate = 1e25")
    with pytest.raises(TrainingError, match=r"the loss is (nan|inf).*No model is saved"):
        train_model(path, tmp_path / "model")
    assert not (tmp_path / "model").exists()
