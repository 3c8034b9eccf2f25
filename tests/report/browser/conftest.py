"""A browser for the page, or a reason why there is none."""

import os
import runpy
import shutil
from pathlib import Path

import pytest

from nlp_cx.report.page import render_page

_MADE = runpy.run_path(str(Path(__file__).parents[1] / "page_report.py"))
make_report = _MADE["make_report"]

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


@pytest.fixture(scope="session")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have a browser: apt-get install chromium")
        pytest.skip("there is no chromium, chromium-browser or google-chrome on the PATH")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def both(tmp_path_factory):
    """The report in both languages, as a file."""
    path = tmp_path_factory.mktemp("page") / "both.html"
    path.write_text(render_page([make_report("en"), make_report("zh")]), encoding="utf-8")
    return path


@pytest.fixture
def open_page(browser):
    """Open a file; at the end, nothing may have been asked of a network, said or popped up."""
    seen, contexts = [], []

    def guard(route):
        if route.request.url.startswith("file://"):
            route.continue_()
        else:
            seen.append(f"request: {route.request.url}")
            route.abort()

    def open_file(path, *, waits=True, **looks):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **looks})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.route("**/*", guard)
        page.on("console", lambda said: seen.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: seen.append(f"error: {error}"))
        page.on(
            "dialog", lambda dialog: (seen.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )
        page.goto(path.as_uri())
        if waits:
            page.wait_for_selector('.report.is-current[data-state="drawn"]')
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert seen == []
