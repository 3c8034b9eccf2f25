"""Mistakes of a study are named at the door; what data cannot answer is missing, and why."""

import csv
import json
import random

import pytest
from typer.testing import CliRunner

from nlp_cx.cli.app import app
from nlp_cx.report.material import load_material

TEXTS = [
    "房间很干净，但是前台态度差",
    "Delivery took three weeks and nobody answered!",
    "味道很好，就是太贵了",
    "Great quality, friendly staff, will buy again",
    "客服态度太差了，再也不来",
    "The price is fair and the app is easy to use",
]


def write_reviews(path, n=60, **columns):
    """Write reviews with columns of constants, lists or functions of the row."""
    rng = random.Random(0)
    head = ["review_id", "review", *columns]
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(head)
        for i in range(n):
            cells = [each(i, rng) if callable(each) else each for each in columns.values()]
            rows.writerow([f"R{i}", TEXTS[i % len(TEXTS)], *cells])
    return path


def write_study(folder, *, inputs, **more):
    """Write a study file of one or more inputs."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in {"n_bootstrap": 20, **more}.items()]
    for each in inputs:
        lines += ["[[inputs]]", *(f"{name} = {json.dumps(value)}" for name, value in each.items())]
    path = folder / "study.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def report(folder, *arguments):
    """Make a report and give its material."""
    result = run("report", *arguments, "-o", folder / "report.html")
    assert result.exit_code == 0, result.output
    assert (folder / "report.html").stat().st_size > 1000
    return load_material(folder / "report.study" / "material"), result.output


def stars(i, rng):
    return max(1, min(5, [2, 1, 3, 5, 1, 4][i % 6] + rng.choice((-1, 0, 0, 1))))


def test_all_mistakes_of_a_study_file_are_named_at_once(tmp_path):
    write_reviews(tmp_path / "reviews.csv", 3, stars=5)
    study = write_study(
        tmp_path,
        inputs=[
            {"path": "reviews.csv", "kind": "reviews", "text": "reveiw", "txet": "review"},
            {"path": "gone.csv", "kind": "rating"},
        ],
        titel="x",
    )
    result = run("report", study, "-o", tmp_path / "report.html")
    assert result.exit_code == 2
    assert "5 mistakes" in result.output
    for part in (
        "titel: unknown; did you mean 'title'?",
        "inputs.0.txet: unknown; did you mean 'text'?",
        "inputs.0.text: there is no column 'reveiw'; found review (like 'reveiw')",
        "inputs.1.kind",
        "gone.csv: no such file",
    ):
        assert part in result.output
    assert not (tmp_path / "report.study").exists()


def test_outcomes_and_groups_that_are_in_no_file_are_named(tmp_path):
    write_reviews(tmp_path / "reviews.csv", 3, stars=5)
    study = tmp_path / "study.toml"
    study.write_text(
        'groups = ["shop"]\n[[inputs]]\npath = "reviews.csv"\nkind = "reviews"\n'
        '[[outcomes]]\ncolumn = "star"\n',
        encoding="utf-8",
    )
    result = run("report", study, "-o", tmp_path / "report.html")
    assert result.exit_code == 2
    assert (
        "outcomes.0.column: there is no column 'star'; found stars (like 'star')" in result.output
    )
    assert "groups: there is no column 'shop'" in result.output


def test_without_an_outcome_the_report_says_which_column_would_help(tmp_path):
    path = write_reviews(tmp_path / "reviews.csv", weight=lambda i, rng: rng.random())
    material, said = report(tmp_path, path)
    assert not material.outcomes
    assert material.missing["actions"][0] == material.missing["outcomes"][0]
    assert "weight" in material.missing["outcomes"][1]
    assert "Missing" in said
    assert "driver_shares" in material.tables


def test_one_group_only_is_no_comparison(tmp_path):
    path = write_reviews(tmp_path / "reviews.csv", stars=stars, store="north")
    study = write_study(
        tmp_path,
        inputs=[{"path": path.name, "kind": "reviews", "text": "review"}],
        groups=["store"],
    )
    material, _ = report(tmp_path, study)
    assert "one value only" in material.missing["driver_shares_by_group"][0]


def test_texts_that_are_all_empty_give_a_report_that_says_so(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("review_id,review,stars\n1,,5\n2,,4\n3,,1\n", encoding="utf-8")
    material, _ = report(tmp_path, path, "--outcome", "stars")
    assert material.facts["n_texts"] == 0
    assert material.facts["n_documents"] == 3
    assert not material.outcomes
    assert material.missing["outcomes"][0]
    assert material.missing["exemplars"] == (
        "No clause speaks of a driver.",
        "Give texts, or for scored texts the file of nlp-cx score --evidence.",
    )


def test_a_single_row_gives_a_report(tmp_path):
    path = write_reviews(tmp_path / "reviews.csv", 1, stars=4, created_at="2025-03-01")
    material, _ = report(tmp_path, path)
    assert material.facts["n_documents"] == 1
    assert "outcomes" in material.missing


def test_dates_that_do_not_parse_are_counted_and_left_out(tmp_path):
    path = write_reviews(tmp_path / "reviews.csv", 120, stars=stars, date="soon")
    material, _ = report(tmp_path, path)
    assert any("120 times of texts could not be read" in note for note in material.facts["notes"])
    for name in ("driver_shares_over_time", "changes", "emerging_terms"):
        assert material.missing[name][0] == "No text has a time that can be read."
    assert material.outcomes


@pytest.mark.parametrize("output", ["nowhere/report.html", "/proc/report.html", "report.pdf"])
def test_an_output_that_cannot_be_written_is_refused_before_any_work(tmp_path, output):
    path = write_reviews(tmp_path / "reviews.csv", 3, stars=5)
    result = run("report", path, "-o", tmp_path / output)
    assert result.exit_code == 2
    assert "report" in result.output.splitlines()[-1]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["reviews.csv"]


def test_an_input_is_never_replaced(tmp_path):
    path = write_reviews(tmp_path / "reviews.csv", 3, stars=5)
    page = tmp_path / "notes.md"
    page.write_text("A: hi\nB: hello\n", encoding="utf-8")
    study = write_study(
        tmp_path, inputs=[{"path": path.name, "kind": "reviews"}], alerts="notes.md"
    )
    result = run("report", study, "-o", tmp_path / "r.html", "--markdown", page)
    assert result.exit_code == 2
    assert "would be replaced and is an input too" in result.output
    assert page.read_text(encoding="utf-8") == "A: hi\nB: hello\n"


def test_two_columns_of_text_are_a_question(tmp_path):
    path = write_reviews(tmp_path / "reviews.csv", 3, feedback="fine")
    result = run("report", path, "-o", tmp_path / "report.html")
    assert result.exit_code == 2
    assert "'review', 'feedback' could each be the text" in result.output
    assert "--text" in result.output


def test_a_work_folder_with_other_content_is_left_alone(tmp_path):
    path = write_reviews(tmp_path / "reviews.csv", 3, stars=5)
    work = tmp_path / "mine"
    work.mkdir()
    (work / "thesis.txt").write_text("years of work", encoding="utf-8")
    result = run("report", path, "-o", tmp_path / "report.html", "--work", work)
    assert result.exit_code == 2
    assert "other content" in result.output
    assert [each.name for each in work.iterdir()] == ["thesis.txt"]


def test_an_outcome_at_its_ceiling_is_a_caveat(tmp_path):
    """Four of five answers are 5 stars: praise cannot go with more, and the report says so."""
    path = write_reviews(tmp_path / "reviews.csv", 150, stars=lambda i, rng: 5 if i % 5 else i % 3)
    material, _ = report(tmp_path, path)
    assert any("80% of the values of stars are the highest" in n for n in material.facts["notes"])
    path = write_reviews(tmp_path / "other.csv", 150, stars=stars)
    material, _ = report(tmp_path, path)
    assert not any("the highest there is" in note for note in material.facts["notes"])
