"""Texts and files that mean harm, and runs that are killed: the report is whole, or as it was."""

import csv
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import openpyxl
import pytest
from typer.testing import CliRunner

from nlp_cx.cli.app import app
from nlp_cx.report.material import load_material

SCRIPT = "<script>alert('x')</script>"
FORMULA = '=HYPERLINK("http://evil.example","click")'
ESCAPES = "\x1b[31mred\x1b[0m\x1b]0;title\x07"
TEXTS = [
    "房间很干净，但是前台态度差", "Delivery took three weeks and nobody answered!",
    "味道很好，就是太贵了", "Great quality, friendly staff, will buy again",
]  # fmt: skip


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def write_reviews(path, n=60, *, dated=False, more=()):
    """Write reviews with stars and whatever is in `more`: a header and a function of the row."""
    rng = random.Random(0)
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["review_id", "review", "stars", *(["date"] if dated else []), *dict(more)])
        for i in range(n):
            stars = max(1, min(5, [2, 1, 3, 5][i % 4] + rng.choice((-1, 0, 0, 1))))
            day = [f"2025-{i % 4 + 1:02d}-{i % 27 + 1:02d} 10:00"] if dated else []
            cells = [make(i) for _, make in more]
            rows.writerow([f"R{i}", TEXTS[i % len(TEXTS)], stars, *day, *cells])
    return path


def report(folder, *arguments):
    """Make a report and give its material."""
    result = run("report", *arguments, "-o", folder / "report.html")
    assert result.exit_code == 0, result.output
    return load_material(folder / "report.study" / "material"), result.output


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Make a report, in all forms, of reviews whose every cell and header means harm."""
    folder = tmp_path_factory.mktemp("hostile")
    rows = [
        f"{SCRIPT}客服态度太差了，再也不来", f"{FORMULA} 前台态度差，房间很干净",
        f"{ESCAPES} 味道很好，就是太贵了", "</textarea></script><img src=x onerror=alert(1)> 送货很慢",
    ]  # fmt: skip
    groups = [SCRIPT, FORMULA, ESCAPES, "@SUM(1)"]
    more = [("store", lambda i: groups[i % 4]), ("text", lambda i: f"{rows[i % 4]}{i}")]
    write_reviews(folder / "reviews.csv", 120, more=more)
    study = folder / "study.toml"
    study.write_text(
        f'title = {json.dumps(SCRIPT + FORMULA)}\ngroups = ["store"]\nlanguage = "zh"\n'
        '[[inputs]]\npath = "reviews.csv"\nkind = "reviews"\ntext = "text"\n',
        encoding="utf-8",
    )
    more = ["--xlsx", folder / "r.xlsx", "--markdown", folder / "r.md"]
    result = run("report", study, "-o", folder / "r.html", *more)
    assert result.exit_code == 0, result.output
    (folder / "said.txt").write_text(result.output, encoding="utf-8")
    return folder


def test_a_script_in_a_review_is_text_on_the_page(hostile):
    page = (hostile / "r.html").read_text(encoding="utf-8")
    assert "alert(" in page
    assert SCRIPT not in page
    assert "<img src=x" not in page
    assert not re.search(r"\x1b|\x07", page)


def test_a_formula_in_a_review_is_text_in_the_workbook(hostile):
    book = openpyxl.load_workbook(hostile / "r.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any("HYPERLINK" in str(cell.value) for cell in cells)
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert not [cell.coordinate for cell in cells if cell.hyperlink and "evil" in str(cell.value)]


def test_no_control_character_reaches_the_terminal_or_markdown(hostile):
    for name in ("said.txt", "r.md"):
        text = (hostile / name).read_text(encoding="utf-8")
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text), name
    assert SCRIPT not in (hostile / "r.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        ("编号,评论,评分\n".encode(), "no rows"),
        (bytes(range(256)) * 20, "control characters"),
    ],
)
def test_a_file_without_a_row_is_refused_and_nothing_is_written(tmp_path, content, says):
    path = tmp_path / "reviews.csv"
    path.write_bytes(content)
    result = run("report", path, "-o", tmp_path / "report.html")
    assert result.exit_code == 2
    assert says in result.output
    assert [each.name for each in tmp_path.iterdir()] == ["reviews.csv"]


def test_chinese_of_another_encoding_gives_the_same_numbers(tmp_path):
    made = []
    for encoding in ("utf-8", "gb18030"):
        folder = tmp_path / encoding
        folder.mkdir()
        text = write_reviews(folder / "reviews.csv").read_text(encoding="utf-8")
        (folder / "reviews.csv").write_text(text, encoding=encoding)
        made.append(report(folder, folder / "reviews.csv")[0])
    first, second = (each.tables["driver_shares"].to_csv() for each in made)
    assert first == second
    assert made[0].facts["n_texts"] == made[1].facts["n_texts"] == 60


def test_a_single_text_is_counted_though_its_shares_are_hidden(tmp_path):
    path = write_reviews(tmp_path / "reviews.csv", 1)
    material, _ = report(tmp_path, path)
    found = material.tables["findings"]
    assert found["code"].iloc[0] == "nothing_clear"
    assert found["n"].iloc[0] == 1


def test_a_column_that_is_not_there_is_told_with_those_that_are(tmp_path):
    write_reviews(tmp_path / "reviews.csv", 3)
    study = tmp_path / "study.toml"
    study.write_text(
        '[[inputs]]\npath = "reviews.csv"\nkind = "reviews"\n[[outcomes]]\ncolumn = "score"\n',
        encoding="utf-8",
    )
    result = run("report", study, "-o", tmp_path / "report.html")
    assert result.exit_code == 2
    assert "there is no column 'score'; found review, review_id, stars" in result.output


@pytest.mark.parametrize("stage", ["score", "analyze"])
def test_a_killed_run_is_taken_up_and_gives_the_same_bytes(tmp_path, stage):
    """SIGKILL while a stage runs: no report, no leftovers taken for results, the same bytes."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
        write_reviews(folder / "reviews.csv", 300, dated=True)
    report(whole, whole / "reviews.csv")
    command = [sys.executable, "-c", _KILLED.format(stage=stage)]
    ended = subprocess.run(
        [*command, "report", killed / "reviews.csv", "-o", killed / "report.html"],
        capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert not (killed / "report.html").exists()
    _, said = report(killed, killed / "reviews.csv")
    assert ("Kept" in said) == (stage == "analyze")
    assert (killed / "report.html").read_bytes() == (whole / "report.html").read_bytes()
    left = {each.name for each in (killed / "report.study").iterdir()}
    assert left == {each.name for each in (whole / "report.study").iterdir()}


_KILLED = """
import os, signal
from nlp_cx.study import run as study_run

def kill(*args, **named):
    os.kill(os.getpid(), signal.SIGKILL)

if {stage!r} == "score":
    from nlp_cx.study.scoring import score
    write = score.lay_out
    def half(*args, **named):
        made = write(*args, **named)
        kill()
        return made
    score.lay_out = half
else:
    from nlp_cx.study.analyses import analyze
    analyze.add_evidence = kill

from nlp_cx.cli.app import main
main()
"""


def test_a_report_that_stands_there_outlives_a_run_that_fails(tmp_path):
    path = write_reviews(tmp_path / "reviews.csv", 30)
    report(tmp_path, path)
    before = (tmp_path / "report.html").read_bytes()
    path.write_text("", encoding="utf-8")
    assert run("report", path, "-o", tmp_path / "report.html").exit_code == 2
    assert (tmp_path / "report.html").read_bytes() == before


def test_two_folders_give_the_same_bytes(tmp_path):
    pages = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        path = write_reviews(folder / "reviews.csv", 90, dated=True)
        report(folder, path)
        pages.append((folder / "report.html").read_bytes())
        time.sleep(0.01)
    assert pages[0] == pages[1]
    shutil.rmtree(tmp_path / "b" / "report.study")
    report(tmp_path / "b", tmp_path / "b" / "reviews.csv")
    assert (tmp_path / "b" / "report.html").read_bytes() == pages[0]
    assert load_material(tmp_path / "b" / "report.study" / "material").facts["n_documents"] == 90


@pytest.mark.parametrize("texts", ["很好", ""])
def test_a_chinese_report_of_one_row_gives_its_reasons_in_chinese(tmp_path, texts, caplog):
    path = tmp_path / "reviews.csv"
    path.write_text(f"编号,评论,评分,时间\n1,{texts},5,2025-03-01\n", encoding="utf-8")
    result = run(
        "report", path, "-o", tmp_path / "r.html", "--language", "zh", "--markdown",
        tmp_path / "r.md", "--outcome", "评分", "--text", "评论",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert not [each for each in caplog.messages if "points to" in each]
    lines = (tmp_path / "r.md").read_text(encoding="utf-8").splitlines()
    reasons = [line for line in lines if line.startswith("> ") and "**" not in line]
    assert reasons
    assert [line for line in reasons if not re.search("[\u4e00-\u9fff]", line)] == []
