"""The options of ``nlp-cx evaluate``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from nlp_cx.cli.commands.options import Debug, Model, NoSummary, RandomState
from nlp_cx.cli.failures import plain_failures


class Split(StrEnum):
    """Which split of the default suite is read."""

    dev = "dev"
    test = "test"


def evaluate(
    *,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="results.json, index.html and errors.json; earlier results there are replaced.",
        ),
    ],
    model: Model = "fast",
    suite: Annotated[
        str,
        typer.Option(
            metavar="default|FOLDER",
            help="The catalogued test sets and the challenge, or a folder of labelled texts of "
            "your own (.jsonl .csv .parquet with text, sentiment, drivers, loyalty; suite.toml).",
        ),
    ] = "default",
    split: Annotated[
        Split,
        typer.Option(help="Of the default suite. Choices are made on dev; reading test is logged."),
    ] = Split.test,
    against: Annotated[
        str | None,
        typer.Option(metavar="NAME|FOLDER", help="Another model, compared with on the same texts."),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            envvar="NLP_CX_DATA",
            help="Holds data/ and labels/, for the default suite.",
        ),
    ] = None,
    bootstrap: Annotated[int, typer.Option(min=1, help="Bootstrap samples.")] = 1000,
    errors: Annotated[
        int, typer.Option(min=0, help="Errors kept per set, output and kind, the worst first.")
    ] = 50,
    random_state: RandomState = 0,
    quiet: NoSummary = False,
    debug: Debug = False,
) -> None:
    """Measure a model on test sets: intervals, slices, calibration, and its worst errors."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.evaluate import EvaluateRequest, run_evaluate

        run_evaluate(
            EvaluateRequest(
                model=model,
                suite=suite,
                split=split.value,
                against=against,
                data=data,
                output=output,
                n_bootstrap=bootstrap,
                n_errors=errors,
                random_state=random_state,
                is_quiet=quiet,
            )
        )
