"""The race of the accurate model runs on small invented data, with a tiny BERT beside it."""

import json
from pathlib import Path

import pytest

from nlp_cx.classify.store import save_model
from nlp_cx.taxonomy import load_taxonomy

pytest.importorskip("transformers", reason="transformers is not installed")

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture(scope="module")
def section(data, tiny_folder, tiny_encoder, tmp_path_factory):
    from nlp_cx.train.encoder.export import make_encoder_model

    place = tmp_path_factory.mktemp("accurate")
    folders = {}
    for name, texts in (("integers", ["觉得干净，而且好吃", "was rude"]), ("floats", None)):
        made = make_encoder_model(*tiny_encoder, texts, taxonomy=load_taxonomy(), recipe={})
        spec = {**made.spec, "name": name, "version": "1"}
        folders[name] = save_model(place / name, spec, made.weights, card="", files=made.files)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        import benchmark_accurate

        benchmark_accurate.main(
            [
                *("--data", str(data), "--model", str(folders["integers"])),
                *("--fast", str(tiny_folder), "--floats", str(folders["floats"])),
                *("--output", str(place), "--quick"),
            ]
        )
    return json.loads((place / "accurate_speed.json").read_text(encoding="utf-8"))


def test_every_ratio_that_was_promised_is_measured(section):
    wanted = ["transformers pipeline", "int8 ONNX"] * 2
    found = [goal for goal in section["goals"] if "times faster" in goal["what"]]
    assert all(part in goal["what"] for part, goal in zip(wanted, found, strict=True))
    assert [goal["target"] for goal in found] == [40, 8, 40, 8]
    assert all(goal["measured"] > 0 for goal in section["goals"] if goal["is_least"])


def test_ratios_are_those_of_the_speeds_beside_them(section):
    (table,) = [table for table in section["tables"] if table["title"] == "Chinese reviews"]
    speeds = {row[0]: row[1] for row in table["rows"]}
    ours = speeds["integers-1"]
    for name, speed, times in table["rows"]:
        if name == "integers-1":
            assert times is None
        else:
            assert times[1] <= times[0] <= times[2]
            assert times[1] * 0.5 <= ours / speed <= times[2] * 2


def test_what_integers_cost_is_the_difference_of_the_rows(section):
    (table,) = [table for table in section["tables"] if "cost" in table["title"]]
    f1 = {row[0]: row[2] for row in table["rows"] if row[1] == "all"}
    (goal,) = [goal for goal in section["goals"] if "lose" in goal["what"]]
    assert goal["measured"] == pytest.approx(100 * (f1["floats"] - f1["8-bit integers"]), abs=1e-3)
