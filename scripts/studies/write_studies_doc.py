"""Put the figures of the studies into docs/studies.md, between its markers.

    python scripts/studies/write_studies_doc.py --data FOLDER [--only womens_clothing_en]

A line ``<!-- womens_clothing_en: stars -->`` in the page, and the next ``<!-- end -->``, hold the
block ``stars`` that ``render`` of that study gives. Everything else in the page is written by hand.
"""

from __future__ import annotations

import argparse
import importlib
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "studies.md"
MARK = re.compile(r"(<!-- (\w+): (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    """Run the studies that the page names, and write their figures into it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder that holds data/")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--work", type=Path, help="folder where scored tables are kept")
    parser.add_argument("--only", nargs="*", help="studies; all that the page names if not given")
    options = parser.parse_args()
    page = options.page.read_text(encoding="utf-8")
    work = options.work or Path(tempfile.mkdtemp(prefix="studies-"))
    named = dict.fromkeys(study for _, study, _, _ in MARK.findall(page))
    blocks: dict[str, Mapping[str, str]] = {}
    for name in named:
        if options.only and name not in options.only:
            continue
        study = importlib.import_module(name)
        blocks[name] = study.render(study.make_tables(options.data, work / name))
        print(f"{name}: {', '.join(blocks[name])}")
    page = options.page.read_text(encoding="utf-8")  # it may have been edited meanwhile
    options.page.write_text(fill(page, blocks), encoding="utf-8")


def fill(page: str, blocks: Mapping[str, Mapping[str, str]]) -> str:
    """Put blocks between their markers; studies that are not given keep what they have.

    Raises
    ------
    SystemExit
        If the page names a block that its study does not give.
    """

    def put(found: re.Match[str]) -> str:
        start, study, block, end = found.groups()
        if study not in blocks:
            return found.group(0)
        if block not in blocks[study]:
            known = ", ".join(blocks[study])
            raise SystemExit(f"{study} gives no block {block!r}; it gives {known}")
        return f"{start}{blocks[study][block]}\n{end}"

    return MARK.sub(put, page)


if __name__ == "__main__":
    main()
