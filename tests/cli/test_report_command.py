"""One command from files to a report, resumed, with the same bytes each time."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from nlp_cx.cli.app import app


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Make a study of the samples and its report once."""
    from pathlib import Path

    samples = Path(__file__).parents[2] / "data" / "samples"
    folder = tmp_path_factory.mktemp("study")
    for name in ("reviews.csv", "chats.jsonl", "ratings.csv", "orders.csv", "customers.csv"):
        shutil.copy(samples / name, folder / name)
    files = [folder / n for n in ("reviews.csv", "chats.jsonl", "ratings.csv", "orders.csv")]
    made = run("init", *files, folder / "customers.csv", "-o", folder / "study.toml")
    assert made.exit_code == 0, made.output
    study = (folder / "study.toml").read_text(encoding="utf-8")
    study = study.replace('language = "zh"', 'language = "en"')
    (folder / "study.toml").write_text(f"n_bootstrap = 50\n{study}", encoding="utf-8")
    result = run("report", folder / "study.toml", "-o", folder / "report.html")
    assert result.exit_code == 0, result.output
    (folder / "said.txt").write_text(result.output, encoding="utf-8")
    return folder


def test_the_command_says_where_the_report_is_and_what_is_missing(folder):
    said = (folder / "said.txt").read_text(encoding="utf-8")
    assert "474 documents, 471 of them with something to score." in said
    assert f"Written  {folder / 'report.html'}" in said
    assert "Missing  gap, " in said
    assert "Section  Drivers" in said


def test_the_report_holds_every_chapter_and_all_conversations(folder):
    material = json.loads(
        (folder / "report.study" / "material" / "material.json").read_text(encoding="utf-8")
    )
    expected = {
        "volume", "mix", "quality", "coverage", "driver_shares", "driver_shares_by_group",
        "driver_shares_over_time", "changes", "terms", "emerging_terms", "exemplars",
        "conversation_measures", "conversation_arc", "actions", "findings", "classifier",
    }  # fmt: skip
    assert expected <= set(material["tables"])
    assert [each["name"] for each in material["outcomes"]] == ["r_stars"]
    assert material["facts"]["n_documents"] == 345 + 129
    assert "seconds" not in json.dumps(material["facts"])


def test_a_second_run_keeps_every_stage_and_gives_the_same_bytes(folder):
    before = (folder / "report.html").read_bytes()
    result = run("report", folder / "study.toml", "-o", folder / "report.html")
    assert result.exit_code == 0, result.output
    assert "Kept     score reviews, score chats, join, analyze" in result.output
    assert (folder / "report.html").read_bytes() == before


def test_the_record_tells_versions_hashes_rows_and_seconds(folder):
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["output"] == "report.html"
    assert record["model"].startswith("fast-")
    assert record["rows"] == {"score reviews": 345, "score chats": 237, "join": 340}
    hashes = [sha for each in record["inputs"].values() for sha in each.values()]
    assert len(hashes) == 5
    assert all(len(sha) == 64 for sha in hashes)
    assert {"nlp_cx", "python", "numpy"} <= set(record["versions"])
    assert all(stage["seconds"] >= 0 for stage in record["stages"].values())
    assert record["study"]["n_bootstrap"] == 50


def test_a_changed_table_runs_the_join_again_but_scores_nothing(folder, tmp_path):
    copied = tmp_path / "study"
    shutil.copytree(folder, copied)
    rows = (copied / "ratings.csv").read_text(encoding="utf-8").splitlines()
    (copied / "ratings.csv").write_text("\n".join(rows[:-1]) + "\n", encoding="utf-8")
    result = run("report", copied / "study.toml", "-o", copied / "report.html")
    assert result.exit_code == 0, result.output
    record = json.loads((copied / "run.json").read_text(encoding="utf-8"))
    assert {name: stage["was_run"] for name, stage in record["stages"].items()} == {
        "score reviews": False,
        "score chats": False,
        "join": True,
        "analyze": True,
    }


def test_init_never_replaces_a_file(folder):
    before = (folder / "study.toml").read_bytes()
    result = run("init", folder / "reviews.csv", "-o", folder / "study.toml")
    assert result.exit_code == 2
    assert "--force" in result.output
    assert (folder / "study.toml").read_bytes() == before


def test_options_of_guesses_do_not_go_with_a_study_file(folder):
    result = run("report", folder / "study.toml", "--outcome", "stars", "-o", folder / "other.html")
    assert result.exit_code == 2
    assert "--outcome: not with a study file" in result.output
