"""The options of ``nlp-cx train``."""

from __future__ import annotations

from typing import Annotated

import typer

from nlp_cx.cli.commands.options import Debug
from nlp_cx.cli.failures import plain_failures


def train(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG.toml", help="What to train, see docs/TRAINING.md.")
    ],
    *,
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="FOLDER", help="The model; for score --model."),
    ],
    data: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help='For data.source = "default": the datasets folder; else NLP_CX_DATA.',
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors alone.")] = False,
    debug: Debug = False,
) -> None:
    """Train a classifier from labelled texts; give the command again to go on after a stop."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.train import run_train

        run_train(config, output, data_root=data, is_quiet=quiet)
