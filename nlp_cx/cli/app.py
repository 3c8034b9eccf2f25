"""The command ``nlp-cx``. What a command does is imported when it runs."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from nlp_cx import __version__
from nlp_cx.cli.commands.alert import alert
from nlp_cx.cli.commands.analyze import analyze
from nlp_cx.cli.commands.cost import cost
from nlp_cx.cli.commands.evaluate import evaluate
from nlp_cx.cli.commands.explain import explain
from nlp_cx.cli.commands.gap import gap
from nlp_cx.cli.commands.init import init
from nlp_cx.cli.commands.join import join
from nlp_cx.cli.commands.label import label
from nlp_cx.cli.commands.metrics import metrics
from nlp_cx.cli.commands.models import models
from nlp_cx.cli.commands.report import report
from nlp_cx.cli.commands.score import score
from nlp_cx.cli.commands.train import train
from nlp_cx.cli.failures import unwind_on_signals

app = typer.Typer(
    name="nlp-cx",
    help="Score customer reviews and support chats in Chinese and English, join them with "
    "ratings and operations, and show what goes with the outcome.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command line of this process."""
    unwind_on_signals()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A summary in Chinese must not fail where standard output is not Unicode.
        sys.stdout.reconfigure(errors="backslashreplace")
    app()


def _print_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        typer.echo(f"nlp-cx {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    """Hold the options that stand before a command."""


for _command in (
    report, init, score, explain, models, join, analyze, metrics, cost, gap, alert, evaluate, train,
):  # fmt: skip
    app.command()(_command)

app.add_typer(label)
