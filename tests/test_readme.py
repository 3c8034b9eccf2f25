"""What README.md promises is so."""

import doctest
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "README.md"


def test_python_example_prints_what_the_page_shows():
    session = "\n".join(re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S))
    example = doctest.DocTestParser().get_doctest(session, {}, "README.md", str(PAGE), 0)
    failures = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(
        example, out=failures.append
    )
    assert example.examples
    assert not failures, "run python scripts/write_readme_examples.py\n" + "".join(failures)


def test_links_lead_to_files():
    pages = [PAGE, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/*.md")]
    pages += [ROOT / "models" / "README.md", ROOT / "data" / "README.md"]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if not (page.parent / link).exists()
    ]
    assert not broken


def test_scripts_that_pages_name_exist():
    pages = [PAGE, ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md"), ROOT / "models" / "README.md"]
    named = {
        name for page in pages for name in re.findall(r"scripts/\w+\.\w+", page.read_text("utf-8"))
    }
    assert named
    assert sorted(name for name in named if not (ROOT / name).is_file()) == []
