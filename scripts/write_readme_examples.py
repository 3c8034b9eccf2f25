"""Run the examples of README.md and put their real output below them.

    python scripts/write_readme_examples.py

Run it after every change of the shipped model. In ``console`` blocks the lines after ``$ nlp-cx …`` are
replaced by what the command prints (the second time, when everything is compiled), in ``python`` blocks
the lines after ``>>>`` by what Python answers. tests/test_readme.py checks the latter.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "README.md"
COMMAND = [sys.executable, "-c", "from nlp_cx.cli.app import main; main()"]
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def write_page(page: str) -> str:
    """Give the page with fresh output in all its blocks."""
    fill = {"console": run_console, "python": run_python}
    return BLOCK.sub(lambda m: f"```{m[1]}\n{fill[m[1]](m[2])}```", page)


def run_console(block: str) -> str:
    """Run the command of a console block."""
    line = block.splitlines()[0]
    name, *arguments = shlex.split(line.removeprefix("$ "))
    if name != "nlp-cx":
        raise SystemExit(f"{PAGE}: {line!r} is not a command of nlp-cx")
    for _ in range(2):
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{line}\n{done.stderr}")
    return f"{line}\n{_stripped(done.stdout)}"


def run_python(block: str) -> str:
    """Run the lines of a Python session one by one, as the interactive interpreter does."""
    parts, names = [], {}
    for example in doctest.DocTestParser().get_examples(block):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(example.source, str(PAGE), "single"), names)
        parts += [f">>> {example.source}", _stripped(printed.getvalue())]
    return "".join(parts)


def _stripped(text: str) -> str:
    """Take blanks off the ends of lines."""
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    (ROOT / "out").mkdir(exist_ok=True)
    PAGE.write_text(write_page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
