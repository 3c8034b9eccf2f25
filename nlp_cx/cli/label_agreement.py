"""Measure how far annotators agree and print it."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from rich.console import Console

from nlp_cx.cli.console import open_console
from nlp_cx.cli.label_files import find_drivers, read_cells
from nlp_cx.cli.print_columns import print_columns
from nlp_cx.cli.table_files import write_tables
from nlp_cx.errors import ConfigError
from nlp_cx.label.agreement import ALL, measure_alpha, measure_kappa
from nlp_cx.label.outputs import label_outputs


def run_agreement(
    labelled: str,
    output: str | None,
    *,
    taxonomy: str | None,
    confidence: float,
    n_bootstrap: int,
    random_state: int,
) -> None:
    """Measure agreement, print it, and write the tables where that was asked for.

    Parameters
    ----------
    labelled : str
        File with a row per text and annotator.
    output : str or None
        Folder for ``alpha`` and ``kappa``.
    taxonomy : str or None
    confidence : float
        Between 0 and 1.
    n_bootstrap, random_state : int

    Raises
    ------
    NlpCxError
        If the table cannot be used.
    """
    if not 0 < confidence < 1:
        raise ConfigError(f"--confidence is {confidence}: expected a number between 0 and 1.")
    notes: list[str] = []
    answers = read_cells(labelled, notes=notes)
    outputs = label_outputs(find_drivers(list(answers.columns), taxonomy, labelled))
    unit = "task_id" if "task_id" in answers else "text"
    alpha = measure_alpha(
        answers,
        outputs,
        unit=unit,
        n_samples=n_bootstrap,
        level=confidence,
        random_state=random_state,
    )
    kappa = measure_kappa(
        answers,
        outputs,
        unit=unit,
        n_samples=n_bootstrap,
        level=confidence,
        random_state=random_state,
    )
    if output is not None:
        write_tables(output, {"alpha": alpha, "kappa": kappa})
    console = open_console(sys.stdout)
    _print(console, "Krippendorff's alpha, all annotators", alpha, "alpha", ["n_texts"])
    pairs = ["annotator_a", "annotator_b", "n"]
    _print(console, "Cohen's kappa, every two annotators", kappa, "kappa", pairs)
    for note in notes:
        console.print(note)


def _print(console: Console, title: str, table: pd.DataFrame, name: str, more: list[str]) -> None:
    """Print one coefficient: questions as a whole, then each answer against the rest."""
    header = ["question", "answer", *more, "agreement", name, "interval", "note"]
    rows = []
    for row in table.to_dict("records"):
        label = "" if row["label"] == ALL else row["label"]
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        interval = "" if np.isnan(low) else f"{low:.2f} to {high:.2f}"
        told = [str(row[column]) for column in more]
        numbers = [_number(row["agreement"]), _number(row[name]), interval, row["note"]]
        rows.append([row["output"] if not label else "", label, *told, *numbers])
    print_columns(console, title, header, rows, left=(0, 1, len(header) - 1))


def _number(value: float) -> str:
    """Write a coefficient; one that is not defined is a dash."""
    return "–" if np.isnan(value) else f"{value:.2f}"
