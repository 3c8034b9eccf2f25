"""The command ``nlp-cx label``, from texts to agreement, with the shipped model."""

import csv
import json
import xml.etree.ElementTree as ET

import pandas as pd
import pytest
from typer.testing import CliRunner

from nlp_cx.cli.app import app
from nlp_cx.label.keys import task_id

DRIVERS = ("product", "service", "relationship", "price", "convenience", "brand")
TEXTS = [
    "房间很干净，早餐也不错，下次还来",
    "前台态度很差，等了半个小时",
    '=HYPERLINK("http://example.org","看图") 价格太贵',
    "+1 great value for money",
    "Delivery took three weeks and nobody answered",
    "老会员一点优惠都没有，太让人失望",
    "- 味道一般般\n不推荐",
    "The staff were kind and helpful",
    "假货，包装都是破的，联系我 13800138000",
    "停车不方便，地铁站倒是很近",
    "App keeps crashing after the update",
    "还可以吧，中规中矩",
]


@pytest.fixture
def reviews(tmp_path):
    path = tmp_path / "reviews.jsonl"
    rows = [{"id": f"r{i}", "review": t, "shop": f"s{i % 3}"} for i, t in enumerate(TEXTS)]
    path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), "utf-8")
    return path


def _run(*arguments, code=0):
    result = CliRunner().invoke(app, ["label", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.output


def _read(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))


def _write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)


def _pick(reviews, name, *more):
    tasks = reviews.parent / name
    output = _run("pick", reviews, "-o", tasks, "--n", 12, "--group", "shop", *more)
    return tasks, output


def test_a_sheet_goes_out_and_comes_back_as_training_data(reviews, tmp_path):
    tasks, said = _pick(reviews, "tasks.tsv")
    assert "12 texts picked" in said
    assert "rows with is_random alone" in said
    rows = _read(tasks)
    assert not [r["text"] for r in rows if r["text"][0] in "=+-@"]  # safe in a spreadsheet
    guide = (tmp_path / "tasks.guideline.md").read_text("utf-8")
    assert "价格 Price" in guide
    for i, row in enumerate(rows):
        row["sentiment"] = "pnum"[i % 4]
        row["price"], row["product"] = "-", ["0", "~", "+", "not_mentioned"][i % 4]
        row["loyalty"] = "L+" if i == 0 else ""
    rows[-1].update({"sentiment": "", "price": "", "product": ""})
    answers = tmp_path / "ann.tsv"
    _write(answers, rows)
    labelled = tmp_path / "labelled.jsonl"
    said = _run("import", answers, "--tasks", tasks, "-o", labelled)
    assert "1 rows came back empty" in said
    assert "stay missing" in said
    frame = pd.read_json(labelled, lines=True, dtype=False)
    assert len(frame) == 11
    assert set(frame["text"]) <= set(TEXTS)  # formulas and line ends as they were
    assert frame["annotator"].unique().tolist() == ["ann"]
    assert frame["price"].unique().tolist() == ["negative"]
    assert set(frame["product"]) == {"neutral", "mixed", "positive", "not_mentioned"}
    assert frame["service"].isna().all()
    assert set(frame["group"]) == {"s0", "s1", "s2"}
    assert frame["is_random"].sum() == 2
    _run("import", answers, "--tasks", tasks, "-o", labelled, "--empty", "not_mentioned")
    frame = pd.read_json(labelled, lines=True, dtype=False)
    assert (frame["service"] == "not_mentioned").all()
    assert frame["loyalty"].notna().sum() == 1


def test_labelled_texts_are_read_by_training_and_by_evaluation(reviews, tmp_path):
    from nlp_cx.evaluate.suite_folder import load_folder_suite

    tasks, _ = _pick(reviews, "tasks.tsv")
    rows = [r | dict.fromkeys(DRIVERS, "not_mentioned") for r in _read(tasks)]
    for i, row in enumerate(rows):
        row.update({"sentiment": ["negative", "positive"][i % 2], "loyalty": "none"})
        row["price"] = ["negative", "positive", "not_mentioned"][i % 3]
    _write(tmp_path / "done.tsv", rows)
    folder = tmp_path / "suite"
    folder.mkdir()
    _run("import", tmp_path / "done.tsv", "--tasks", tasks, "-o", folder / "mine.jsonl")
    found = load_folder_suite(folder).sets["mine"].frame
    assert len(found) == 12
    assert (found["price"] == "negative").sum() == 4


def test_label_studio_goes_out_and_comes_back(reviews, tmp_path):
    tasks, _ = _pick(reviews, "tasks.json", "--mask-pii")
    config = ET.parse(tmp_path / "tasks.labelstudio.xml").getroot()
    names = [choices.get("name") for choices in config.iter("Choices")]
    assert names == ["sentiment", *DRIVERS, "loyalty"]
    price = next(c for c in config.iter("Choices") if c.get("name") == "price")
    assert {c.get("alias") for c in price} >= {"negative", "not_mentioned"}
    handed_out = json.loads(tasks.read_text("utf-8"))
    assert not any("13800138000" in t["data"]["text"] for t in handed_out)

    def answer(name, value):
        return {
            "from_name": name,
            "to_name": "text",
            "type": "choices",
            "value": {"choices": [value]},
        }

    export = [
        {
            "id": i,
            "data": task["data"],
            "annotations": [
                {"completed_by": 1, "result": [answer("sentiment", "positive")]},
                {
                    "completed_by": {"id": 2, "email": "x@example.org"},
                    "result": [answer("sentiment", "negative" if i else "positive")],
                },
                {"completed_by": 3, "was_cancelled": True, "result": []},
            ],
        }
        for i, task in enumerate(handed_out)
    ]
    (tmp_path / "export.json").write_text(json.dumps(export), "utf-8")
    labelled = tmp_path / "labelled.jsonl"
    said = _run("import", tmp_path / "export.json", "--tasks", tasks, "-o", labelled)
    assert "12 texts have several answers" in said
    frame = pd.read_json(labelled, lines=True, dtype=False)
    assert sorted(frame["annotator"].unique()) == ["1", "2"]
    said = _run("agreement", labelled, "-o", tmp_path / "out")
    assert "Krippendorff's alpha" in said
    kappa = pd.read_parquet(tmp_path / "out" / "kappa.parquet")
    row = kappa[(kappa["output"] == "sentiment") & (kappa["label"] == "all")].iloc[0]
    assert (row["n"], row["kappa"]) == (12, 0.0)
    _run(
        "import", tmp_path / "export.json", "--tasks", tasks, "-o", labelled, "--merge", "majority"
    )
    merged = pd.read_json(labelled, lines=True, dtype=False)
    assert len(merged) == 12
    assert merged["sentiment"].notna().sum() == 1  # the others are tied


def test_the_flat_export_of_label_studio_is_read(reviews, tmp_path):
    tasks, _ = _pick(reviews, "tasks.json")
    flat = [
        task["data"] | {"sentiment": "neutral", "annotator": 7, "annotation_id": i, "id": i}
        for i, task in enumerate(json.loads(tasks.read_text("utf-8")))
    ]
    (tmp_path / "min.json").write_text(json.dumps(flat), "utf-8")
    _run("import", tmp_path / "min.json", "--tasks", tasks, "-o", tmp_path / "l.jsonl")
    frame = pd.read_json(tmp_path / "l.jsonl", lines=True, dtype=False)
    assert (frame["sentiment"] == "neutral").all()


def test_wrong_answers_are_named_all_at_once_and_nothing_is_written(reviews, tmp_path):
    tasks, _ = _pick(reviews, "tasks.tsv")
    rows = _read(tasks)
    rows[0]["sentiment"], rows[1]["price"] = "great", "cheap"
    rows[2] |= {"task_id": "t0123456789abcdef", "sentiment": "p"}
    _write(tmp_path / "bad.tsv", rows)
    said = _run(
        "import", tmp_path / "bad.tsv", "--tasks", tasks, "-o", tmp_path / "l.jsonl", code=2
    )
    assert "sentiment is 'great', expected one of negative, neutral, positive, mixed" in said
    assert "price is 'cheap'" in said
    assert "belongs to no task" in said
    assert not (tmp_path / "l.jsonl").exists()


def test_two_different_answers_by_one_annotator_are_refused(reviews, tmp_path):
    tasks, _ = _pick(reviews, "tasks.tsv")
    rows = [r | {"annotator": "a", "sentiment": "p"} for r in _read(tasks)]
    _write(tmp_path / "one.tsv", rows)
    _write(tmp_path / "two.tsv", [rows[0] | {"sentiment": "n"}])
    said = _run(
        "import",
        tmp_path / "one.tsv",
        tmp_path / "two.tsv",
        "--tasks",
        tasks,
        "-o",
        tmp_path / "l.jsonl",
        code=2,
    )
    assert "answered twice by one annotator" in said


def test_edited_tasks_are_noticed(reviews, tmp_path):
    tasks, _ = _pick(reviews, "tasks.tsv")
    rows = _read(tasks)
    rows[0]["text"] += " edited"
    _write(tmp_path / "edited.tsv", rows)
    _write(tmp_path / "ann.tsv", [r | {"sentiment": "p"} for r in rows])
    said = _run(
        "import",
        tmp_path / "ann.tsv",
        "--tasks",
        tmp_path / "edited.tsv",
        "-o",
        tmp_path / "l.jsonl",
        code=2,
    )
    assert "1 texts of the tasks are not as they were handed out" in said
    said = _run("import", tmp_path / "ann.tsv", "--tasks", tasks, "-o", tmp_path / "l.jsonl")
    assert "came back changed; the task's text was taken" in said


def test_labelled_texts_are_not_picked_again(reviews, tmp_path):
    done = tmp_path / "done.jsonl"
    done.write_text("\n".join(json.dumps({"text": t}) for t in TEXTS[:9]), "utf-8")
    tasks, said = _pick(reviews, "tasks.jsonl", "--exclude", done)
    rows = [json.loads(line) for line in tasks.read_text("utf-8").splitlines()]
    assert {r["text"] for r in rows} == set(TEXTS[9:])
    assert all(r["task_id"] == task_id(r["text"]) for r in rows)
    assert "9 rows are labelled already" in said


def test_doubtful_labels_are_written_safe_for_spreadsheets(tmp_path):
    rows = []
    for i in range(60):
        good = i % 2 == 0
        words = "味道很好 服务热情 推荐" if good else "难吃 态度恶劣 失望"
        rows.append(
            {
                "text": f"=第{i}次来 {words}",
                "sentiment": "positive" if good else "negative",
                "price": "not_mentioned",
            }
        )
    rows[10]["sentiment"] = "negative"
    labelled = tmp_path / "labelled.jsonl"
    labelled.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), "utf-8")
    said = _run("errors", labelled, "-o", tmp_path / "doubtful.tsv")
    found = _read(tmp_path / "doubtful.tsv")
    assert found[0]["row"] == "10"
    assert (found[0]["given"], found[0]["suggested"]) == ("negative", "positive")
    assert found[0]["text"].startswith("'=")
    assert "Read them" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pick", "none.csv", "-o", "tasks.tsv"], "none.csv"),
        (["pick", "REVIEWS", "-o", "tasks.doc"], "names no format"),
        (["pick", "REVIEWS", "-o", "tasks.tsv", "--strategy", "disagreement"], "--against"),
        (["pick", "REVIEWS", "-o", "tasks.tsv", "--group", "nope"], "no column 'nope'"),
        (["pick", "REVIEWS", "-o", "tasks.tsv", "--taxonomy", "servqual"], "has the labels"),
        (["agreement", "REVIEWS"], "none of the columns product"),
    ],
)
def test_bad_requests_end_with_one_message(reviews, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    given = [str(reviews) if a == "REVIEWS" else a for a in arguments]
    said = _run(*given, code=2)
    assert message in said
    assert not list(tmp_path.glob("tasks*"))
