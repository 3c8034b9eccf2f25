"""docs/TABLES.md says what the schema declares."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "TABLES.md"
SCRIPT = ROOT / "scripts" / "write_tables_doc.py"


def test_committed_page_is_what_the_script_writes():
    written = runpy.run_path(str(SCRIPT))["write_page"]()
    assert PAGE.read_text(encoding="utf-8") == written, f"run python scripts/{SCRIPT.name}"


def test_page_describes_every_driver_and_what_missing_means():
    page = PAGE.read_text(encoding="utf-8")
    assert (
        "| `price` | label: negative, neutral, positive, mixed | polarity of price | not mentioned |"
        in page
    )
