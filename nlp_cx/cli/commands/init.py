"""The options of ``nlp-cx init``."""

from __future__ import annotations

from typing import Annotated

import typer

from nlp_cx.cli.commands.options import Debug, Text
from nlp_cx.cli.failures import plain_failures


def init(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE…", help="Reviews, chats, ratings, operations."),
    ],
    *,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The study file.")
    ] = "study.toml",
    text: Text = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    debug: Debug = False,
) -> None:
    """Look at files and write a study file with comments, to start from."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.init import run_init

        run_init(tuple(files), output, text=text, is_forced=force)
