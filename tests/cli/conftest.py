"""Run the command line in this process."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nlp_cx.cli.app import app


@pytest.fixture(scope="session")
def model():
    """Give the shipped model, or the one of another folder: NLP_CX_TEST_MODEL=runs/new pytest."""
    return os.environ.get("NLP_CX_TEST_MODEL", "fast")


@pytest.fixture
def nlp_cx(model, tmp_path, monkeypatch):
    """Run ``nlp-cx`` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(command, *arguments, stdin=None):
        options = [] if command == "models" else ["--model", model]
        return CliRunner().invoke(app, [command, *options, *map(str, arguments)], input=stdin)

    return run


@pytest.fixture
def samples():
    """Give the folder of the samples."""
    return Path(__file__).parents[2] / "data" / "samples"
