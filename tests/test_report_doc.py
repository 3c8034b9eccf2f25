"""docs/REPORT.md names every key of a study file, as the classes that read it do."""

import dataclasses
import runpy
from pathlib import Path

import pytest

from nlp_cx.report.build import SECTIONS
from nlp_cx.study.spec import ANALYSES, Study

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "REPORT.md").read_text(encoding="utf-8")
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "write_report_doc.py"))


def test_the_keys_are_what_the_script_writes():
    assert SCRIPT["write_page"](PAGE) == PAGE, "run python scripts/write_report_doc.py"


@pytest.mark.parametrize("room", SCRIPT["ROOMS"], ids=lambda room: room[2].__name__)
def test_every_key_has_a_row(room):
    title, _, cls = room
    part = PAGE.split(f"### {title}\n", 1)[1].split("\n#", 1)[0]
    for field in dataclasses.fields(cls):
        row = part.split(f"\n| `{field.name}` | ", 1)[1].split("\n", 1)[0]
        assert len(row.rsplit(" | ", 1)[1]) > 5, f"{field.name} is not explained"


def test_all_tables_of_a_study_are_described():
    told = {title.strip("`[]").split(".")[0] for title, *_ in SCRIPT["ROOMS"][1:]}
    nested = {f.name for f in dataclasses.fields(Study) if "Spec" in f.type or f.type[0].isupper()}
    literal = {"model", "analyses", "language"}
    assert nested - literal - told == set()


def test_all_analyses_and_chapters_are_named():
    assert [name for name in ANALYSES if f"`{name}`" not in PAGE] == []
    assert PAGE.count("\n1. **") == 1
    assert f"\n{len(SECTIONS)}. **" in PAGE
