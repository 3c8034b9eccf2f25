"""Look at files and write a study file to start from."""

from __future__ import annotations

import os
from pathlib import Path

from nlp_cx.cli.console import say
from nlp_cx.errors import OutputError
from nlp_cx.study.guesses import guess_study
from nlp_cx.study.stages import write_text
from nlp_cx.study.study_file import write_study_file


def run_init(
    files: tuple[str, ...], output: str, *, text: str | None = None, is_forced: bool = False
) -> None:
    """Write a study file.

    Parameters
    ----------
    files : tuple of str
    output : str
    text : str, optional
        Column of the text.
    is_forced : bool, default=False
        Replace what stands there.

    Raises
    ------
    NlpCxError
        If a file cannot be read, or something stands where the study file is to be.
    """
    path = Path(output)
    if path.exists() and not is_forced:
        raise OutputError(
            f"{output}: is there already and is left as it is. Give another name (-o), or --force."
        )
    if not path.resolve().parent.is_dir():
        raise OutputError(f"{output}: the folder {path.resolve().parent} does not exist.")
    guesses = guess_study(files, text=text)
    folder = path.resolve().parent
    for each in guesses.raw["inputs"]:
        each["path"] = os.path.relpath(each["path"], folder)
    write_text(path, write_study_file(guesses))
    for line in guesses.lines:
        say(line, label="guessed: ")
    say(f"written to {output}. Look it through, then: nlp-cx report {output} -o report.html")
