"""Compiled code finds a place, whatever can be written, and is never of another version."""

import os
import subprocess
import sys
from pathlib import Path

import nlp_cx
from nlp_cx.compile_cache import WITHOUT_LOOPS

CODE = """
import tempfile
from pathlib import Path
open_ = tempfile.TemporaryFile
def refuse(*args, dir=None, **options):
    if str(dir).startswith({closed!r}) and "nlp_cx_" not in str(dir):
        raise PermissionError(dir)
    return open_(*args, dir=dir, **options)
tempfile.TemporaryFile = refuse
import numpy as np
from nlp_cx.compile_cache import find_cache_folder
from nlp_cx.text.normalize import normalize
normalize(np.array([65], np.uint32))
folder = find_cache_folder()
print(folder)
print(any(folder.glob("*_fold*")))
"""


def run(closed: str, **env: str) -> tuple[Path, bool]:
    environment = {**os.environ, "PYTHONPATH": str(Path(nlp_cx.__file__).parents[1])}
    environment.pop("NUMBA_CACHE_DIR", None)
    environment.update(env)
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(closed=closed)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    folder, is_kept = done.stdout.splitlines()
    return Path(folder), is_kept == "True"


def test_code_is_kept_in_the_package_where_that_can_be_written():
    folder, is_kept = run("/nowhere")
    assert folder == Path(nlp_cx.__file__).resolve().parent / "__pycache__"
    assert is_kept


def test_code_is_kept_in_the_cache_of_the_user_where_the_package_is_closed(tmp_path):
    package = str(Path(nlp_cx.__file__).resolve().parent)
    assert run(package, XDG_CACHE_HOME=str(tmp_path)) == (tmp_path / "nlp_cx", True)


def test_code_is_kept_in_a_private_folder_that_is_gone_afterwards_where_all_is_closed():
    folder, is_kept = run("/")
    assert folder.name.startswith("nlp_cx_")
    assert is_kept
    assert not folder.exists()


def test_a_folder_that_the_user_names_comes_first(tmp_path):
    assert run("/nowhere", NUMBA_CACHE_DIR=str(tmp_path)) == (tmp_path / "nlp_cx", True)


def test_functions_of_others_are_kept_where_numba_keeps_them(tmp_path):
    module = tmp_path / "theirs.py"
    module.write_text("from numba import njit\n@njit(cache=True)\ndef f(x): return x + 1\nf(1)\n")
    code = "import nlp_cx.text.normalize, theirs; print(theirs.f.stats.cache_path)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{Path(nlp_cx.__file__).parents[1]}"},
    )
    assert str(tmp_path) in done.stdout


def test_parts_outside_the_stamp_compile_nothing():
    package = Path(nlp_cx.__file__).parent
    found = [
        str(path.relative_to(package))
        for part in WITHOUT_LOOPS
        for path in (package / part).rglob("*.py")
        if "njit" in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_what_holds_loops_imports_no_part_outside_the_stamp():
    package = Path(nlp_cx.__file__).parent
    found = [
        f"{path.relative_to(package)} imports {part}"
        for path in package.rglob("*.py")
        if path.relative_to(package).parts[0] not in WITHOUT_LOOPS
        and "njit" in path.read_text(encoding="utf-8")
        for part in WITHOUT_LOOPS
        if f"nlp_cx.{part}" in path.read_text(encoding="utf-8")
    ]
    assert found == []
