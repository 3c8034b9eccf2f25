import json

import pytest
from typer.testing import CliRunner

from nlp_cx.cli.app import app
from nlp_cx.evaluate.results_folder import USES

TEXTS = (
    ("味道很好，下次还来", "positive", {"product": "positive"}),
    ("客服态度太差了，一直不理人", "negative", {"service": "negative"}),
    ("The food was delicious.", "positive", {"product": "positive"}),
    ("The waiter was rude to us.", "negative", {"service": "negative"}),
    ("太贵了，不值这个价", "negative", {"price": "negative"}),
    ("Great value for the money.", "positive", {"price": "positive"}),
)


def run(*arguments):
    found = CliRunner().invoke(app, ["evaluate", *map(str, arguments)], env={"NLP_CX_DATA": ""})
    return found.exit_code, found.output


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "own"
    path.mkdir()
    rows = [
        {"text": f"{text} {i}", "sentiment": sentiment, **drivers}
        for i in range(25)
        for text, sentiment, drivers in TEXTS
    ]
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    (path / "reviews.jsonl").write_text("".join(lines), encoding="utf-8")
    (path / "suite.toml").write_text(
        '[sets.reviews]\nempty = "not_mentioned"\ngoal = 0.5\n', encoding="utf-8"
    )
    return path


@pytest.fixture
def root(tmp_path):
    """A data folder with a gold set of its own and no other data set."""
    path = tmp_path / "root"
    (path / "data").mkdir(parents=True)
    (path / "labels").mkdir()
    (path / "data" / "driver_mapping.csv").write_text("dataset,aspect,driver,note\n")
    place = {"dataset": "stc3_helpdesk_zh", "file": "train.jsonl.gz"}
    for split in ("train", "dev", "test"):
        rows = [
            {
                "id": f"{split}{i}-{k}",
                "lang": "en" if text.isascii() else "zh",
                **place,
                "row": str(100 * i + k),
                "text": f"{text} {i}",
                "sentiment": sentiment,
                "drivers": drivers,
                "loyalty": None,
            }
            for i in range(25)
            for k, (text, sentiment, drivers) in enumerate(TEXTS)
        ]
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        (path / "labels" / f"{split}.jsonl").write_text("".join(lines), encoding="utf-8")
    return path


def test_own_texts_are_measured(folder, tmp_path):
    out = tmp_path / "results"
    code, said = run("--model", "fast", "--suite", folder, "--against", "fast", "-o", out)
    assert code == 0, said
    assert sorted(path.name for path in out.iterdir()) == [
        "errors.json",
        "index.html",
        "results.json",
    ]
    found = json.loads((out / "results.json").read_text(encoding="utf-8"))
    (row,) = found["tables"]["sets"]
    assert (row["n"], row["drivers"]) == (150, ["product", "service", "price"])
    assert row["value"] > 0.5
    assert (row["difference"], row["difference_low"], row["p_not_better"]) == (0, 0, 1)
    assert found["tables"]["goals"][0]["is_met"] is True
    assert "reviews" in said
    assert "goals: 1 of 1 met" in said
    errors = json.loads((out / "errors.json").read_text(encoding="utf-8"))["errors"]
    assert all({"id", "set", "text", "label", "predicted", "evidence"} <= set(e) for e in errors)
    assert "reviews" in (out / "index.html").read_text(encoding="utf-8")


def test_same_command_gives_the_same_figures(folder, tmp_path):
    tables = []
    for name in ("one", "two"):
        assert run("--suite", folder, "-o", tmp_path / name, "--bootstrap", 50, "-q")[0] == 0
        found = json.loads((tmp_path / name / "results.json").read_text(encoding="utf-8"))
        tables.append(found["tables"])
    assert tables[0] == tables[1]


@pytest.mark.filterwarnings("ignore:.*data sets are not below")
def test_reading_test_is_logged_and_dev_is_not(root, tmp_path):
    out = tmp_path / "results"
    for split in ("dev", "test", "test"):
        code, said = run("--data", root, "--split", split, "-o", out, "--bootstrap", 20)
        assert code == 0, said
        found = json.loads((out / "results.json").read_text(encoding="utf-8"))
        assert found["split"] == split
        gold = found["tables"]["sets"][0]
        assert (gold["set"], gold["n"]) == ("gold", 150)
        chats = [r for r in found["tables"]["slices"] if r["slice"] == "chat turn"]
        assert {r["n"] for r in chats} == {150, 75}
    uses = [json.loads(line) for line in (out / USES).read_text(encoding="utf-8").splitlines()]
    assert [use["split"] for use in uses] == ["test", "test"]
    assert uses[0]["model"].startswith("fast-")
    assert {"gold", "chnsenticorp_zh", "semeval2016_restaurants_en"} <= set(uses[0]["sets"])
    assert "--split test" in uses[0]["command"]


def test_reading_test_is_logged_also_when_the_run_fails_later(root, tmp_path):
    labels = root / "labels" / "test.jsonl"
    labels.write_text(labels.read_text(encoding="utf-8") + "{\n", encoding="utf-8")
    out = tmp_path / "results"
    code, said = run("--data", root, "-o", out)
    assert code == 2
    assert "line 151: not JSON" in said
    assert [path.name for path in out.iterdir()] == [USES]


def test_earlier_results_stay_when_a_run_fails(folder, tmp_path):
    out = tmp_path / "results"
    assert run("--suite", folder, "-o", out, "-q", "--bootstrap", 20)[0] == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    (folder / "reviews.jsonl").write_text('{"text": 1}\n', encoding="utf-8")
    assert run("--suite", folder, "-o", out)[0] == 2
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["own", "results"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "{tmp}/out"], "needs the data folder"),
        (["-o", "{tmp}/out", "--data", "{tmp}"], "no folder data"),
        (["-o", "{tmp}/out", "--suite", "{tmp}/none"], "no such folder"),
        (["-o", "{tmp}/out", "--suite", "{tmp}"], "nothing to measure on"),
        (["-o", "{tmp}/a/b", "--suite", "{tmp}"], "does not exist. Create it first"),
        (["-o", "{tmp}", "--suite", "{tmp}"], "holds other things than results (kept.txt)"),
        (["-o", "{tmp}/kept.txt", "--suite", "{tmp}"], "is a file"),
        (["-o", "{tmp}/out", "--suite", "{tmp}", "--model", "nosuch"], "model 'nosuch'"),
        (["-o", "{tmp}/out", "--suite", "{tmp}", "--against", "nosuch"], "model 'nosuch'"),
    ],
)
def test_bad_request_is_one_clear_error_and_nothing_is_written(tmp_path, arguments, said):
    (tmp_path / "kept.txt").write_text("mine")
    code, output = run(*(a.format(tmp=tmp_path) for a in arguments))
    assert code == 2
    assert said in output
    assert "Traceback" not in output
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]
