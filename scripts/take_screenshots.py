#!/usr/bin/env python
"""Take pictures of a report: desktop, phone and dark mode, in each of its languages.

    python scripts/take_screenshots.py report.html docs/pictures

writes ``report-en-desktop.png``, ``report-en-phone.png``, ``report-en-dark.png`` and so on; with
``--full`` the whole length of the page. Needs playwright (of the ``dev`` extra) and Chromium.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

SHOTS = {
    "desktop": {"viewport": {"width": 1280, "height": 1500}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 390, "height": 1100}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 1500}, "color_scheme": "dark"},
}
"""How the page is looked at."""


def main() -> int:
    """Read the command line and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("report", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--full", action="store_true", help="the whole length of the page")
    arguments = parser.parse_args()
    if not arguments.report.is_file():
        print(f"found no file {arguments.report}, expected a report as HTML", file=sys.stderr)
        return 2
    chromium = find_chromium()
    if chromium is None:
        print("found no Chromium or Chrome on the PATH; install one", file=sys.stderr)
        return 2
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for path in take_screenshots(
        arguments.report, arguments.folder, chromium=chromium, full=arguments.full
    ):
        print(path)
    return 0


def find_chromium() -> str | None:
    """Find a browser on the PATH."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def take_screenshots(report: Path, folder: Path, *, chromium: str, full: bool) -> list[Path]:
    """Take the pictures; give their paths."""
    from playwright.sync_api import sync_playwright

    paths = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, looks in SHOTS.items():
            scale = 2 if name == "phone" else 1
            context: Any = browser.new_context(**looks, device_scale_factor=scale, locale="en-GB")
            page = context.new_page()
            page.goto(report.resolve().as_uri())
            languages = page.eval_on_selector_all(
                ".report", "views => views.map((view) => view.dataset.language)"
            )
            for language in languages:
                view = f'.report[data-language="{language}"]'
                if not page.is_visible(view):
                    page.click(f'.report.is-current button[data-language="{language}"]')
                page.wait_for_selector(f'{view}[data-state="drawn"]', timeout=60_000)
                page.evaluate("window.scrollTo(0, 0); document.activeElement.blur()")
                path = folder / f"{report.stem}-{language}-{name}.png"
                page.screenshot(path=path, full_page=full)
                paths.append(path)
            context.close()
        browser.close()
    return paths


if __name__ == "__main__":
    sys.exit(main())
