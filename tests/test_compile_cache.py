"""Compiled code finds a place, whatever can be written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nlp_cx

CODE = """
import os
os.access = lambda path, mode: not str(path).startswith({closed!r})
from nlp_cx.compile_cache import ensure_compile_cache
print(ensure_compile_cache() or "")
from nlp_cx.text.batch import TextBatch
import pyarrow as pa
print(TextBatch.from_arrow(pa.array(["好"])).text(0))
"""


def run(closed: str, **env: str) -> list[str]:
    code = CODE.format(closed=closed)
    environment = {**os.environ, "PYTHONPATH": str(Path(nlp_cx.__file__).parents[1]), **env}
    environment.pop("NUMBA_CACHE_DIR", None)
    environment.update(env)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_nothing_is_changed_where_the_package_can_be_written():
    assert run("/nowhere")[0] == ""


def test_a_private_folder_is_used_where_nothing_can_be_written_and_is_gone_afterwards():
    folder, text = run("/")
    assert Path(folder).name.startswith("nlp_cx_")
    assert not Path(folder).exists()
    assert text == "好"


def test_a_folder_that_the_user_names_is_kept(tmp_path):
    if not os.access(tmp_path, os.W_OK):
        pytest.skip("the temporary folder cannot be written")
    assert run("/", NUMBA_CACHE_DIR=str(tmp_path))[0] == ""
