"""The options of ``nlp-cx label``: pick, import, agreement, errors."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from nlp_cx.cli.commands.options import (
    Confidence,
    Debug,
    Encoding,
    Id,
    MaskPii,
    Model,
    Quiet,
    RandomState,
    Text,
)
from nlp_cx.cli.failures import plain_failures

label = typer.Typer(
    name="label",
    help="Make labelled data: pick texts, take answers in, measure agreement, find label errors.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Strategy(StrEnum):
    """What makes a text worth labelling."""

    mixed = "mixed"
    uncertainty = "uncertainty"
    disagreement = "disagreement"
    diversity = "diversity"
    rare = "rare"
    random = "random"


class Empty(StrEnum):
    """What an empty cell of a driver says."""

    missing = "missing"
    not_mentioned = "not_mentioned"


class Merge(StrEnum):
    """How several answers to one text become one."""

    none = "none"
    majority = "majority"


Questions = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE", help="The labels: a packaged taxonomy or a TOML file; six drivers."
    ),
]


@label.command()
def pick(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT", help="Files of texts, as for nlp-cx score."),
    ],
    *,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The tasks: .tsv .csv .xlsx to fill in, .jsonl, or .json for Label Studio; a "
            "guideline is written beside it.",
        ),
    ],
    n: Annotated[int, typer.Option("--n", min=1, help="Texts to pick.")] = 200,
    strategy: Annotated[
        Strategy, typer.Option(help="mixed takes parts of all the others.")
    ] = Strategy.mixed,
    random_share: Annotated[
        float,
        typer.Option(min=0, max=1, help="Part drawn at random, for estimates without bias."),
    ] = 0.2,
    model: Model = "fast",
    against: Annotated[
        str | None,
        typer.Option(metavar="NAME|FOLDER", help="A second model, for disagreement."),
    ] = None,
    taxonomy: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE", help="Names of the model's labels, if the model has only ids."
        ),
    ] = None,
    text: Text = None,
    id: Id = None,
    group: Annotated[
        str | None,
        typer.Option(
            metavar="COL", help="Keys not to be torn apart by a split; the conversation otherwise."
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Labelled texts, not to be picked (may be repeated)."),
    ] = None,
    mask_pii: MaskPii = False,
    encoding: Encoding = None,
    random_state: RandomState = 0,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Pick the texts that are worth labelling next and write them as tasks."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.label_pick import PickRequest, run_pick

        run_pick(
            PickRequest(
                inputs=tuple(inputs),
                output=output,
                n=n,
                strategy=strategy.value,
                random_share=random_share,
                model=model,
                against=against,
                taxonomy=taxonomy,
                text=text,
                id=id,
                group=group,
                exclude=tuple(exclude or ()),
                mask_pii=mask_pii,
                encoding=encoding,
                random_state=random_state,
                is_quiet=quiet,
            )
        )


@label.command("import")
def import_(
    answers: Annotated[
        list[str],
        typer.Argument(
            metavar="ANSWERS",
            help="Filled-in sheets (.tsv .csv .xlsx .jsonl) or exports of Label Studio (.json).",
        ),
    ],
    *,
    tasks: Annotated[
        str, typer.Option(metavar="FILE", help="The tasks, as nlp-cx label pick wrote them.")
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Labelled texts: .jsonl .parquet.")
    ],
    taxonomy: Questions = None,
    empty: Annotated[
        Empty, typer.Option(help="What an empty cell of a driver says in an answered row.")
    ] = Empty.missing,
    merge: Annotated[
        Merge,
        typer.Option(help="none: a row per text and annotator; majority: a row per text."),
    ] = Merge.none,
    debug: Debug = False,
) -> None:
    """Check answers, join them to their tasks and write what training and evaluation read."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.label_import import run_import

        run_import(
            tuple(answers),
            tasks,
            output,
            taxonomy=taxonomy,
            empty=empty.value,
            merge=merge.value,
        )


@label.command()
def agreement(
    labelled: Annotated[
        str,
        typer.Argument(metavar="LABELLED", help="From nlp-cx label import, with --merge none."),
    ],
    *,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Write the tables here too."),
    ] = None,
    taxonomy: Questions = None,
    confidence: Confidence = 0.95,
    n_bootstrap: Annotated[int, typer.Option(min=1, help="Samples for the intervals.")] = 2000,
    random_state: RandomState = 0,
    debug: Debug = False,
) -> None:
    """Measure how far annotators agree: Cohen's kappa and Krippendorff's alpha per label."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.label_agreement import run_agreement

        run_agreement(
            labelled,
            output,
            taxonomy=taxonomy,
            confidence=confidence,
            n_bootstrap=n_bootstrap,
            random_state=random_state,
        )


@label.command()
def errors(
    labelled: Annotated[
        str, typer.Argument(metavar="LABELLED", help="Labelled texts: .jsonl .tsv .csv .parquet.")
    ],
    *,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The candidates: .tsv .csv .jsonl .xlsx .parquet"
        ),
    ],
    taxonomy: Questions = None,
    folds: Annotated[int, typer.Option(min=2, help="Of the cross-validation.")] = 5,
    random_state: RandomState = 0,
    debug: Debug = False,
) -> None:
    """List labels that are probably wrong, the most doubtful first, for a person to read."""
    with plain_failures(debug=debug):
        from nlp_cx.cli.label_errors import run_errors

        run_errors(labelled, output, taxonomy=taxonomy, folds=folds, random_state=random_state)
