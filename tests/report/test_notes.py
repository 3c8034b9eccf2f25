"""What the run notes reads in both languages."""

import ast
import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest

import nlp_cx.study
from nlp_cx.report.words import Words

NOTES = [
    "The time is column 'created_at'.",
    "1,234 times of texts could not be read and are left out of all that is told over time. "
    "Write them as 2025-03-01 10:08.",
    "The report explains the first 3 outcomes. Of r_ces, r_csat it tells where they stand; "
    "name them first in [[outcomes]] to see what goes with them.",
    "There are no texts to join tables to: of the tables only ratings was looked at, "
    "not orders, customers. Join them before.",
    "r_stars is explained with a random sample of 50,000 of the 999,998 units with a text and a "
    "value (most_units).",
    "1,234 labelled texts were not picked at random and do not correct shares.",
    "12 labelled texts have no answer for some driver and do not correct shares.",
    "3 labelled texts are not among the texts of the study.",
    "Labels by people do not correct the shares of drivers: no column 'doc_id'",
    "61% of the values of stars are the highest there is: above them praise has no room, so that "
    "a factor looks basic more easily than it is",
]


@pytest.mark.parametrize("note", NOTES)
def test_a_note_reads_in_both_languages(note: str) -> None:
    chinese = Words("zh").reason(note)
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert "{" not in chinese + Words("en").reason(note)
    # Numbers and names stay.
    kept = re.findall(r"\d[\d,]*%?|\b[ro]_\w+", note)
    assert all(each in chinese for each in kept if not each.startswith("2025"))


def test_every_note_of_a_study_is_known() -> None:
    """Notes are sentences in the source, some with names and numbers in them."""
    folder = Path(str(nlp_cx.study.__file__)).parent
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py")]
    templates = {text for tree in trees for text in _notes_in(tree)}
    assert len(templates) >= 4
    for text in templates:
        pattern = re.compile(".+".join(re.escape(part) for part in text.split("\0")))
        assert any(pattern.fullmatch(note) for note in NOTES), text.replace("\0", "…")


def test_reasons_are_in_both_languages_and_data_have_names() -> None:
    file = resources.files("nlp_cx.resources") / "report_reasons.toml"
    reasons = tomllib.loads(file.read_text(encoding="utf-8"))["reasons"]
    assert all({"pattern", "en", "zh"} <= set(each) for each in reasons)
    told = Words("zh").reason("Six-driver gold set, dev split")
    assert told == "六因素人工标注集，验证集（dev）"


def _notes_in(tree: ast.AST) -> list[str]:
    """Texts that are appended to notes, or given by a function that is named for a note."""
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value
            if node.func.attr == "append" and isinstance(of, ast.Attribute) and of.attr == "notes":
                found += node.args
        if isinstance(node, ast.FunctionDef) and node.name.startswith("_note_"):
            for each in ast.walk(node):
                if isinstance(each, ast.Return) and isinstance(each.value, ast.List):
                    found += each.value.elts
    return [_template(each) for each in found]


def _template(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr), ast.dump(node)
    return "".join(str(p.value) if isinstance(p, ast.Constant) else "\0" for p in node.values)
