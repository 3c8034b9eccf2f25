"""Train a model, and show how far it is and what came out."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from nlp_cx.cli.console import clean, open_console
from nlp_cx.errors import MissingDependencyError
from nlp_cx.train.parts import Parts
from nlp_cx.train.run import Watch, train_model
from nlp_cx.train.trainer import Epoch

_SHOWN = ("pair_macro_f1", "mention_macro_f1", "sentiment_macro_f1", "sentiment_accuracy")


def run_train(
    config: str, output: str, *, data_root: str | None = None, is_quiet: bool = False
) -> None:
    """Run ``nlp-cx train``.

    Parameters
    ----------
    config, output : str
        Paths.
    data_root : str, optional
        For the data source ``default``.
    is_quiet : bool

    Raises
    ------
    NlpCxError
        If anything is wrong; no model is changed then.
    MissingDependencyError
        If the backend needs a library that is not there.
    """
    console = open_console()
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=is_quiet or not console.is_terminal,
    )
    bar = progress.add_task("reading", total=None)

    def on_data(parts: Parts) -> None:
        if not is_quiet:
            for line in data_lines(parts):
                console.print(line)

    def on_stage(name: str) -> None:
        progress.reset(bar, description=name, total=None)

    def on_step(done: int, total: int) -> None:
        progress.update(bar, completed=done, total=total)

    def on_epoch(epoch: Epoch) -> None:
        if not is_quiet:
            console.print(epoch_line(epoch))

    watch = Watch(on_data=on_data, on_stage=on_stage, on_epoch=on_epoch, on_step=on_step)
    try:
        with progress:
            trained = train_model(config, output, data_root=data_root, watch=watch)
    except ModuleNotFoundError as e:
        if e.name not in ("torch", "transformers", "onnx", "onnxruntime"):
            raise
        raise MissingDependencyError(
            f"this backend needs {e.name}: pip install 'nlp_cx[train]'"
        ) from e
    if is_quiet:
        return
    result = open_console(sys.stdout)
    for title, rows in trained.metrics.items():
        result.print(Text(clean(title), "bold"))
        for row in rows:
            result.print(Text(clean(f"  {row['lang']}: {_numbers(row)}")))
    where = clean(str(trained.folder))
    result.print(Text(f"{where} after {trained.seconds:,.1f} s"))
    result.print(Text(f"use it: nlp-cx score reviews.csv -o scored.parquet --model {where}", "dim"))


def data_lines(parts: Parts) -> list[Text]:
    """Say what will be trained on.

    Parameters
    ----------
    parts : Parts

    Returns
    -------
    list of Text
    """
    data = parts.data
    sizes = [f"{len(data.examples):,} texts to learn from"]
    if len(parts.rows):
        sizes.append(f"{len(parts.rows):,} held out in turn")
    else:
        sizes.append(f"{len(data.dev):,} dev")
    if len(parts.test):
        sizes.append(f"{len(parts.test):,} test")
    lines = [Text(", ".join(sizes))]
    width = max(len(clean(str(name))) for name in parts.counts["label"])
    for label, *counts in parts.counts.itertuples(index=False):
        numbers = "".join(f"{n:>8,}" for n in counts)
        lines.append(Text(f"  {clean(str(label)):<{width}}{numbers}"))
    for leak in parts.leaks:
        words = {"same_text": "their text", "near_text": "nearly their text"}
        shared = words.get(str(leak["reason"]), "a long passage")
        lines.append(
            Text(
                clean(
                    f"  {leak['n_dropped']:,} training texts share {shared} with {leak['part']} "
                    f"and are left out (e.g. {leak['example']})"
                ),
                "yellow",
            )
        )
    return lines


def epoch_line(epoch: Epoch) -> Text:
    """Write the metrics of an epoch.

    Parameters
    ----------
    epoch : Epoch

    Returns
    -------
    Text
    """
    numbers = "  ".join(f"{name} {value:.4f}" for name, value in epoch.metrics.items())
    return Text(clean(f"epoch {epoch.epoch}/{epoch.n_epochs}  {numbers}"))


def _numbers(row: Mapping[str, Any]) -> str:
    """Write the main figures of a row of metrics."""
    found = [f"{name} {row[name]:.3f}" for name in _SHOWN if row.get(name) == row.get(name, 0)
             and isinstance(row.get(name), float)]  # fmt: skip
    return ", ".join([f"n {row['n']:,}", *found])
