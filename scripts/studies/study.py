"""What every study does: find its files, score them once, write tables, print and render them."""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

import nlp_cx
from nlp_cx.classify.store import read_spec, shipped_models
from nlp_cx.cli.table_files import read_table, write_table, write_tables

Tables = dict[str, pd.DataFrame]
N_BOOTSTRAP = 500


class DataMissing(SystemExit):
    """The data set is not there."""


def run_study(
    description: str,
    make: Callable[..., Tables],
    render: Callable[[Tables], Mapping[str, str]],
) -> None:
    """Be the ``main`` of a study: read the options, make the tables, write and print them."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder that holds data/")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the tables")
    parser.add_argument("--bootstrap", type=int, default=N_BOOTSTRAP, help="number of samples")
    options = parser.parse_args()
    tables = make(options.data, options.output, n_bootstrap=options.bootstrap)
    for name, block in render(tables).items():
        print(f"\n{name}\n\n{block}")
    written = write_tables(options.output / "tables", tables)
    print(f"\n{len(written)} files in {options.output / 'tables'}")


def read_set(data: Path, name: str, *files: str, n_rows: int | None = None) -> pd.DataFrame:
    """Read the files of a data set as one table; ``file`` and ``doc_id`` tell its rows.

    Parameters
    ----------
    data : Path
        Folder with ``data/<name>/<file>``, or with ``<name>/<file>``.
    name : str
    files : str
    n_rows : int, optional
        Take a random sample of so many rows, always the same.

    Raises
    ------
    DataMissing
        If a file is not there.
    """
    folder = data / "data" / name if (data / "data").is_dir() else data / name
    missing = [file for file in files if not (folder / file).is_file()]
    if missing:
        raise DataMissing(
            f"{name}: {', '.join(missing)} not found in {folder}. The texts are not part of this "
            "repository; data/datasets.toml names their source. Give --data the folder that holds "
            f"data/{name}."
        )
    frames = []
    for file in files:
        frame = read_table(folder / file)
        label = file.split(".")[0]
        frame.insert(0, "file", label)
        frame.insert(0, "doc_id", [f"{label}-{row}" for row in range(len(frame))])
        frames.append(frame)
    frame = pd.concat(frames, ignore_index=True)
    if n_rows is not None and n_rows < len(frame):
        frame = frame.sample(n_rows, random_state=0).sort_index().reset_index(drop=True)
    return frame


def score_once(frame: pd.DataFrame, output: Path, *, name: str = "scored") -> pd.DataFrame:
    """Score ``text`` with the shipped model, or take what an earlier run has scored.

    Parameters
    ----------
    frame : DataFrame
        With ``doc_id`` and ``text``.
    output : Path
        ``<name>.parquet`` is kept here, and used again for the same texts and model.
    name : str

    Returns
    -------
    DataFrame
        The lean scored table.
    """
    pipeline = nlp_cx.load("fast")
    texts = hashlib.sha256(pipeline.model_id.encode())
    for key, text in zip(frame["doc_id"], frame["text"].fillna(""), strict=True):
        texts.update(f"\0{key}\0{text}".encode())
    fingerprint = texts.hexdigest()
    path = output / f"{name}.parquet"
    if path.exists():
        kept = read_table(path)
        if kept.attrs.get("texts") == fingerprint:
            return kept
    rows = frame[["doc_id", "text"]].assign(interaction_id=frame["doc_id"])
    scored = pipeline.score(
        rows, "text", id="doc_id", interaction="interaction_id", columns="lean",
        workers=os.cpu_count() or 1,
    )  # fmt: skip
    scored.attrs["texts"] = fingerprint
    output.mkdir(parents=True, exist_ok=True)
    write_table(scored, path)
    return read_table(path)


def count_training_texts(name: str) -> int:
    """Count the texts of a data set from which the shipped model has learned."""
    sources = read_spec(shipped_models()["fast"])["data"]
    return sum(source["n_texts"] for source in sources if source["source"] == name)


def count_faults(frame: pd.DataFrame, **faults: pd.Series) -> pd.DataFrame:
    """Count rows by fault: no text, the same text again, and those given.

    Parameters
    ----------
    frame : DataFrame
        With ``text``.
    **faults : Series of bool
        By name, ``_`` for a space.

    Returns
    -------
    DataFrame
        ``fault, n, share``; the first row counts all.
    """
    text = frame["text"].fillna("").str.strip()
    rows = {
        "rows": pd.Series(True, frame.index),
        "no text": text == "",
        "text that stands in an earlier row": text.duplicated() & (text != ""),
        **{name.replace("_", " "): is_so for name, is_so in faults.items()},
    }
    counts = [(name, int(is_so.sum()), float(is_so.mean())) for name, is_so in rows.items()]
    return pd.DataFrame(counts, columns=["fault", "n", "share"])


def to_markdown(frame: pd.DataFrame, columns: Mapping[str, tuple[str, str]]) -> str:
    """Write columns of a table as Markdown.

    Parameters
    ----------
    frame : DataFrame
    columns : mapping of str to (str, str)
        Heading and format by column, e.g. ``{"share": ("importance", "{:.0%}")}``. A column with
        ``_low`` and ``_high`` beside it gets its interval in brackets. Missing is "–".
    """

    def cell(row: pd.Series, name: str, form: str) -> str:
        if pd.isna(row[name]):
            return "–"
        told = form.format(row[name])
        ends = [row.get(f"{name}_{end}") for end in ("low", "high")]
        if name == "estimate":
            ends = [row.get("low"), row.get("high")]
        if any(end is None or pd.isna(end) for end in ends):
            return told
        return f"{told} [{form.format(ends[0])}, {form.format(ends[1])}]"

    lines = [
        "| " + " | ".join(heading for heading, _ in columns.values()) + " |",
        "|" + "|".join("---" if form == "{}" else "---:" for _, form in columns.values()) + "|",
    ]
    for _, row in frame.iterrows():
        cells = [cell(row, name, form).replace("|", "\\|") for name, (_, form) in columns.items()]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


FAULTS = {"fault": ("", "{}"), "n": ("rows", "{:,}"), "share": ("share", "{:.1%}")}

DRIVERS = {
    "driver": ("driver", "{}"),
    "n_negative": ("criticised", "{:,}"),
    "n_positive": ("praised", "{:,}"),
    "share": ("importance", "{:.0%}"),
    "p_first": ("P(first)", "{:.2f}"),
    "penalty": ("if criticised", "{:+.2f}"),
    "reward": ("if praised", "{:+.2f}"),
    "kano_class": ("Kano class", "{}"),
}
"""The table that every study shows, see `join_drivers`."""


def join_drivers(
    importance: pd.DataFrame, penalty_reward: pd.DataFrame, *, by: tuple[str, ...] = ("driver",)
) -> pd.DataFrame:
    """Put importance beside penalty and reward, the most important driver first."""
    contrast = [
        *by, "penalty", "penalty_low", "penalty_high", "reward", "reward_low", "reward_high",
        "kano_class",
    ]  # fmt: skip
    joined = importance.merge(penalty_reward[contrast], on=list(by), how="left")
    return joined.sort_values([*by[:-1], "rank"], kind="stable", ignore_index=True)


def tell_fit(importance: pd.DataFrame) -> str:
    """Say in a sentence how much the mentions explain."""
    first = importance.iloc[0]
    controls = f", beyond {first['fit_controls']:.1%} by the controls" if first[
        "fit_controls"
    ] else ""
    return (
        f"{first['n']:,} reviews analysed, {first['n_left_out']:,} left out; mentions explain "
        f"{first['fit'] - first['fit_controls']:.1%} ({first['measure']}){controls}."
    )
