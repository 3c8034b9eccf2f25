"""The options of ``nlp-cx gap``."""

from __future__ import annotations

from typing import Annotated

import typer

from nlp_cx.cli.commands.options import Confidence, Customer, Debug, RandomState, Weights
from nlp_cx.cli.failures import plain_failures


def gap(
    ox: Annotated[
        str | None,
        typer.Argument(
            metavar="[OX]",
            help="A table with ratings of experience and expectation, or texts: .parquet .csv "
            ".jsonl .xlsx. Not needed for typed-in numbers.",
        ),
    ] = None,
    *,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Write the tables here too."),
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="A TOML file: scale, [drivers.NAME] with experience, expectation (numbers, or "
            "columns of OX), importance, ideal, assumed; [[actions]] and budget; [servqual.NAME].",
        ),
    ] = None,
    experience: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help="OX: columns of experience, {} for the driver."),
    ] = None,
    expectation: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help="OX: columns of what was expected: 'r_expected_{}'."),
    ] = None,
    scale: Annotated[
        str | None, typer.Option(metavar="LOW-HIGH", help="Of the ratings; 1-10 when not given.")
    ] = None,
    linear: Annotated[
        bool,
        typer.Option(
            "--linear",
            help="Declare that scores of the text (x_…_score) stand for ratings on a straight "
            "line; or put mapping = [[-1, 1], …] into the sheet.",
        ),
    ] = False,
    outcome: Annotated[
        str | None,
        typer.Option(metavar="COL", help="OX: derive importance from this outcome, beside stated."),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(metavar="COL", help="OX: find what these texts say of expectations."),
    ] = None,
    evidence: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="With --text: the evidence table of nlp-cx score."),
    ] = None,
    text_servqual: Annotated[
        bool,
        typer.Option(
            "--text-servqual", help="OX: perception per SERVQUAL dimension, if scored for it."
        ),
    ] = False,
    group: Annotated[
        str | None, typer.Option(metavar="COL", help="OX: compare the values of this column.")
    ] = None,
    weights: Weights = None,
    customer: Customer = None,
    min_n: Annotated[int, typer.Option(min=1, help="Fewer rows have no interval.")] = 10,
    confidence: Confidence = 0.95,
    n_bootstrap: Annotated[
        int, typer.Option(min=0, help="Samples for the interval of derived importance.")
    ] = 1000,
    random_state: RandomState = 0,
    debug: Debug = False,
) -> None:
    """Compare experience with expectation: gaps, the seven steps, SERVQUAL, words of customers."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.gap import GapRequest, run_gap

        run_gap(
            GapRequest(
                ox=ox,
                sheet=sheet,
                experience=experience,
                expectation=expectation,
                scale=scale,
                linear=linear,
                text=text,
                evidence=evidence,
                text_servqual=text_servqual,
                outcome=outcome,
                group=group,
                weights=weights,
                customer=customer,
                output=output,
                confidence=confidence,
                min_n=min_n,
                n_bootstrap=n_bootstrap,
                random_state=random_state,
            )
        )
