"""The benchmark scripts run on small invented data, and their figures are right there."""

import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from nlp_cx.errors import InputError

SCRIPTS = Path(__file__).parents[2] / "scripts"

pytestmark = pytest.mark.filterwarnings("ignore::nlp_cx.errors.DataWarning")


def read(folder, name):
    section = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    tables = {table["title"]: table for table in section["tables"]}
    assert (folder / f"{name}.md").read_text(encoding="utf-8").startswith(f"## {section['title']}")
    return section, tables


def cells(table, *, where, column):
    at = [table["columns"].index(name) for name in where]
    column = table["columns"].index(column)
    return [
        row[column]
        for row in table["rows"]
        if all(row[i] == value for i, value in zip(at, where.values(), strict=True))
    ]


@pytest.fixture(scope="module")
def quality(data, tiny_folder, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        import benchmark_quality

        output = tmp_path_factory.mktemp("quality")
        arguments = ["--data", str(data), "--model", str(tiny_folder), "--quick"]
        benchmark_quality.main([*arguments, "--output", str(output)])
    return read(output, "quality")


def test_quality_measures_what_the_tiny_model_knows(quality):
    section, tables = quality
    gold = tables["Gold test set"]
    (f1,) = cells(gold, where={"Language": "zh", "System": "shipped"}, column="pair macro-F1")
    assert f1 == [1, 1, 1]  # it knows every word by heart
    (f1,) = cells(gold, where={"Language": "all", "System": "majority"}, column="pair macro-F1")
    assert f1[0] == 0
    accuracy = tables["Sentiment of whole texts"]
    (found,) = cells(accuracy, where={"Set": "amazon_polarity10k_en"}, column="shipped")
    assert found[0] == 1
    (goal,) = [g for g in section["goals"] if g["what"].startswith("amazon_polarity10k_en")]
    assert (goal["target"], goal["measured"]) == (0.86, 1)


def test_quality_shows_baselines_without_drivers_as_not_measured(quality):
    _, tables = quality
    where = {"Language": "en", "System": "SnowNLP / VADER"}
    gold = tables["Gold test set"]
    assert cells(gold, where=where, column="pair macro-F1") == [None]
    (accuracy,) = cells(gold, where=where, column="accuracy")
    assert 0 < accuracy[0] < 1


def test_quality_names_no_folder_of_this_machine(quality, data, tmp_path):
    section, _ = quality
    assert str(data) not in json.dumps(section)
    assert "--data FOLDER" in section["command"]


def test_models_are_measured_beside_each_other(script, data, tiny_folder, tmp_path):
    names = ["--model", f"shipped={tiny_folder}", "--model", f"again={tiny_folder}"]
    script("compare_models").main(["--data", str(data), "--output", str(tmp_path), *names])
    section, tables = read(tmp_path, "models")
    assert str(tmp_path) not in json.dumps(section)
    assert str(tiny_folder.parent) not in json.dumps(section)
    for split in ("dev", "test"):
        gold = tables[f"Gold {split} split"]
        shipped, again = (
            cells(gold, where={"Language": "all", "System": name}, column="pair macro-F1")
            for name in ("shipped", "again")
        )
        assert shipped == again != [None]
    (difference, *_) = tables["Gold test split: shipped minus each baseline"]["rows"]
    assert difference[3] == [0, 0, 0]


def test_one_model_alone_is_no_comparison(script, capsys):
    with pytest.raises(SystemExit):
        script("compare_models").main(["--data", "x", "--model", "shipped=fast"])
    assert "at least twice" in capsys.readouterr().err


def test_domains_are_left_out_of_training(script, data, tiny_folder, tmp_path, capsys):
    benchmark = script("benchmark_quality")
    arguments = ["--data", str(data), "--model", str(tiny_folder), "--output", str(tmp_path)]
    benchmark.main(
        [*arguments, "--quick", "--leave-one-domain-out", "--domain", "hotels and travel"]
    )
    _, tables = read(tmp_path, "domains")
    public = tables["Domains held out: public test sets"]
    (row,) = public["rows"]
    assert row[:2] == ["hotels and travel", "memd_hotel_en"]
    n_left, n_all = re.search(r"trained on (\S+) of (\S+) texts", capsys.readouterr().out).groups()
    assert int(n_left) < int(n_all)


def test_a_trainer_that_is_not_named_right_is_refused(script):
    script("benchmark_quality")
    from benchmarks.held_out import load_trainers

    with pytest.raises(SystemExit, match="expected NAME=module:function"):
        load_trainers(["nlp_cx.evaluate.baselines"])


def test_speed_compares_routes_and_adds_up(script, data, tiny_folder, tmp_path):
    script("benchmark_speed").main(
        ["--data", str(data), "--model", str(tiny_folder), "--output", str(tmp_path), "--quick"]
    )
    section, tables = read(tmp_path, "speed")
    chinese = tables["Speed and accuracy, Chinese reviews"]
    routes = [row[0] for row in chinese["rows"]]
    assert {"pipeline.score(DataFrame)", "SnowNLP", "jieba + TF-IDF + LR, one set"} <= set(routes)
    assert all(row[1] > 0 for row in chinese["rows"])
    parts = tables["Where the time goes, English reviews"]["rows"]
    *steps, whole = [row[1] for row in parts]
    assert sum(steps) == pytest.approx(whole, rel=0.01)
    assert {"import nlp_cx, seconds", "model on disk, MB"} <= {g["what"] for g in section["goals"]}


def test_scale_runs_the_command_and_compares_bytes(script, data, tiny_folder, tmp_path):
    arguments = ["--data", str(data), "--model", str(tiny_folder), "--output", str(tmp_path)]
    script("benchmark_scale").main([*arguments, "--quick", "--rows", "100"])
    section, tables = read(tmp_path, "scale")
    rows = tables["nlp-cx score, end to end"]["rows"]
    assert rows[0][:2] == ["parquet → parquet, Chinese", 100]
    assert all(row[4] > 0 and row[6] > 50 for row in rows)
    same = [goal for goal in section["goals"] if goal["what"].startswith("same bytes")]
    assert same[0]["measured"] == 1


def test_rows_for_scale_are_distinct_and_begin_with_the_reviews(script, tmp_path):
    scale = script("benchmark_scale")
    reviews = [f"第{i}家店，味道{'不错' if i % 2 else '一般'}" for i in range(30)]
    paths = scale.build_files(reviews, 60, tmp_path)
    rows = pq.read_table(paths["parquet"]).column("review").to_pylist()
    assert rows[:30] == reviews
    assert len(rows) == len(set(rows)) == 60
    assert set(rows[30:]) == {r.replace("不错", "一般") for r in reviews if "不错" in r} | {
        r.replace("一般", "不错") for r in reviews if "一般" in r
    }
    assert len(paths["csv"].read_text(encoding="utf-8").splitlines()) == 61


def test_too_few_reviews_for_so_many_rows_are_refused(script):
    script("benchmark_scale")
    from benchmarks.corpora import distinct_rows

    with pytest.raises(InputError, match="give no more than 4 distinct rows, not 5"):
        list(distinct_rows(["a,b", "c,d"], 5))


def test_report_holds_every_goal_with_its_verdict(script, tmp_path):
    script("write_benchmarks")
    from benchmarks.report import Goal, Section, Table, save_section
    from write_benchmarks import main

    goals = [
        Goal("accuracy", 0.9, 0.95),
        Goal("seconds", 0.3, 0.5, False, ".1f"),
        Goal("x", 1, None),
    ]
    table = Table("Numbers", ("Name", "F1"), [["a|b", [0.5, 0.4, 0.6]], ["c", None]], ("", ".2f"))
    save_section(Section("speed", "Speed", "run", {"n": 3}, goals, [table]), tmp_path)
    main(["--input", str(tmp_path), "--output", str(tmp_path / "B.md")])
    text = (tmp_path / "B.md").read_text(encoding="utf-8")
    assert "| accuracy | ≥ 0.900 | 0.950 | met by 0.050 |" in text
    assert "| seconds | ≤ 0.3 | 0.5 | **missed** by 0.2 |" in text
    assert "| x | ≥ 1.000 | – | not measured |" in text
    assert "| a\\|b | 0.50 (0.40–0.60) |\n| c | – |" in text


def test_report_without_sections_says_what_to_run(script, tmp_path):
    with pytest.raises(SystemExit, match=r"scripts/benchmark_quality\.py"):
        script("write_benchmarks").main(["--input", str(tmp_path)])


def test_bench_section_is_made_of_results(script, tmp_path):
    results = tmp_path / "results"
    results.mkdir()
    interval = {"value": 0.7, "low": 0.6, "high": 0.8, "against": 0.6}
    interval |= {"difference": 0.1, "difference_low": -0.05, "difference_high": 0.2}
    row = {"set": "gold", "lang": "all", "n": 5, **interval}
    other = {"system": "B", "value": 0.9, "source": "s", "note": "", "is_checked": False}
    tables = {
        "sets": [
            {
                **row,
                **{"langs": "en", "task": "sentiment", "metric": "accuracy", "goal": 0.8},
                **{
                    "baselines": {"x": 0.5},
                    "note": "",
                    "published": [other | {"is_comparable": True}],
                },
            }
        ],
        "figures": [row | {"figure": "accuracy"}],
        "slices": [row | {"figure": "accuracy", "slice": "negation"}],
        **{key: [] for key in ("drivers", "calibration", "reliability", "confusion", "challenge")},
        "goals": [
            {"what": "g", "target": 0.8, "measured": 0.7, "is_least": True, "remark": ""},
            {"what": "h", "target": None, "measured": 0.7, "is_least": True, "remark": "no"},
        ],
    }
    found = {
        **{"format": 1, "suite": "default", "split": "test", "command": "nlp-cx evaluate"},
        **{"model": {"id": "m-1"}, "against": {"name": "o", "id": "o-1"}, "versions": {}},
        **{"bootstrap": {"n_samples": 10}, "notes": [], "tables": tables},
    }
    (results / "results.json").write_text(json.dumps(found), encoding="utf-8")
    main = script("write_benchmarks").main
    main(["--input", str(tmp_path), "--output", str(tmp_path / "B.md"), "--results", str(results)])
    text = (tmp_path / "B.md").read_text(encoding="utf-8")
    assert "| g | ≥ 0.800 | 0.700 | **missed** by 0.100 |" in text
    assert "0.700 (0.600–0.800) | 0.600 | +0.100 (-0.050–+0.200) | 0.800 | x 0.500 |" in text
    assert "quoted, not checked" in text
    found["split"] = "dev"
    (results / "results.json").write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(SystemExit, match="report is of the test splits"):
        main(["--input", str(tmp_path), "--results", str(results)])
