"""What every study does: find its files, score them once, write tables, print and render them."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

import nlp_cx
from nlp_cx.analyze.drivers.importance import relative_importance
from nlp_cx.classify.store import read_spec, shipped_models
from nlp_cx.cli.table_files import read_table, write_table, write_tables

Tables = dict[str, pd.DataFrame]
N_BOOTSTRAP = 500
SPLITS = ("train", "dev", "test")


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


def compare_seen(data: Path, name: str, ox: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Tell whether the scores go with the outcome more closely where the model has seen the text.

    The shipped model has learned from most texts of most public sets, often with their stars. Those
    from which the gold set's dev and test sentences were cut were kept from it; those of its train
    sentences, which were chosen in the same way, were not.

    Parameters
    ----------
    data : Path
        Folder that holds ``labels/`` too; without it the table has no rows.
    name : str
        Data set.
    ox : DataFrame
        With ``interaction_id`` as `read_set` makes ``doc_id``.
    outcome : str

    Returns
    -------
    DataFrame
        One row per measure: correlation of the outcome with the sentiment score, and with what
        mentions of the drivers predict. ``seen, unseen, difference, difference_low,
        difference_high`` (bootstrap, 95 %), ``n_seen, n_unseen``.
    """
    columns = [
        "measure", "seen", "unseen", "difference", "difference_low", "difference_high",
        "n_seen", "n_unseen",
    ]  # fmt: skip
    texts = find_seen(data, name)
    if not any(texts):
        return pd.DataFrame(columns=columns)
    rows = ox[ox[outcome].notna() & (ox["x_n_texts"] > 0)].reset_index(drop=True)
    features = [c for c in rows if c.startswith("x_") and c.endswith(("_negative", "_positive"))]
    design = np.column_stack([np.ones(len(rows)), rows[features].to_numpy(np.float64)])
    y = rows[outcome].to_numpy(np.float64)
    fitted = design @ np.linalg.lstsq(design, y, rcond=None)[0]
    seen, unseen = (rows.index[rows["interaction_id"].isin(part)].to_numpy() for part in texts)
    found = []
    if not (len(seen) and len(unseen)):
        return pd.DataFrame(columns=columns)
    for measure, x in (
        ("stars with sentiment score", rows["x_sentiment"].to_numpy(np.float64)),
        ("stars with what mentions predict", fitted),
    ):
        one, other = (
            _correlate(x[at], y[at], random_state=part) for part, at in enumerate((seen, unseen))
        )
        low, high = np.nanquantile(one[1:] - other[1:], [0.025, 0.975])
        found.append(
            (measure, one[0], other[0], one[0] - other[0], low, high, len(seen), len(unseen))
        )
    return pd.DataFrame(found, columns=columns)


def find_seen(data: Path, name: str) -> tuple[set[str], set[str]]:
    """Tell of which texts of a data set it is known that the shipped model has seen them, or not.

    Parameters
    ----------
    data : Path
        Folder that holds ``labels/`` too.
    name : str
        Data set.

    Returns
    -------
    seen, unseen : set of str
        ``doc_id`` of the texts that gold sentences were cut from: see `compare_seen`. Empty without
        the labels.
    """
    places = {split: _read_places(data / "labels" / f"{split}.jsonl", name) for split in SPLITS}
    return places["train"], (places["dev"] | places["test"]) - places["train"]


def _correlate(
    x: np.ndarray, y: np.ndarray, *, random_state: int, n_bootstrap: int = 2000
) -> np.ndarray:
    """Correlate two columns: all rows, then samples of them."""
    n = len(x)
    rng = np.random.default_rng(random_state)
    counts = np.vstack([np.ones(n), rng.multinomial(n, np.full(n, 1 / n), n_bootstrap)]) / n
    mean_x, mean_y, xx, yy, xy = (counts @ np.column_stack([x, y, x * x, y * y, x * y])).T
    spread = np.sqrt(np.maximum(xx - mean_x**2, 0) * np.maximum(yy - mean_y**2, 0))
    known = np.where(spread > 0, spread, np.nan)
    return (xy - mean_x * mean_y) / known


def _read_places(path: Path, name: str) -> set[str]:
    """Read which rows of a data set gold sentences were cut from, as ``doc_id``."""
    if not path.is_file():
        return set()
    places = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["dataset"] == name:
            places.add(f"{row['file'].split('.')[0]}-{re.split('[#.]', str(row['row']))[0]}")
    return places


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
    controls = (
        f", beyond {first['fit_controls']:.1%} by the controls" if first["fit_controls"] else ""
    )
    return (
        f"{first['n']:,} reviews analysed, {first['n_left_out']:,} left out; mentions explain "
        f"{first['fit'] - first['fit_controls']:.1%} ({first['measure']}){controls}."
    )


SEEN = {
    "measure": ("correlation of", "{}"),
    "seen": ("seen in training", "{:.2f}"),
    "n_seen": ("n", "{:,}"),
    "unseen": ("not seen", "{:.2f}"),
    "n_unseen": ("n", "{:,}"),
    "difference": ("difference", "{:+.2f}"),
}


def vary_importance(
    outcome: str, ways: Mapping[str, tuple[pd.DataFrame, Mapping[str, object]]], **model: object
) -> pd.DataFrame:
    """Ask for importance in several ways that could all be defended.

    Parameters
    ----------
    outcome : str
    ways : mapping of str to (DataFrame, mapping)
        Table and further options of `relative_importance`, by name.
    **model
        Options of all of them.

    Returns
    -------
    DataFrame
        As `relative_importance`, with ``variant``; without intervals, unless `model` asks for them.
    """
    model = {"n_bootstrap": 0, "n_null": 0, **model}
    tables = [
        relative_importance(frame, outcome, **{**model, **more}).assign(variant=name)
        for name, (frame, more) in ways.items()
    ]
    return pd.concat(tables, ignore_index=True)


def show_variants(variants: pd.DataFrame) -> str:
    """Write the importance of every driver, a line per variant."""
    wide = variants.pivot_table(
        index="variant", columns="driver", values="share", sort=False, dropna=False
    )
    beside = variants.drop_duplicates("variant").set_index("variant")
    wide["n"], wide["fit"] = beside["n"], beside["fit"] - beside["fit_controls"]
    form = {driver: (driver, "{:.0%}") for driver in variants["driver"].unique()}
    columns = {"variant": ("", "{}"), "n": ("reviews", "{:,.0f}"), "fit": ("explained", "{:.1%}")}
    return to_markdown(wide.reset_index(), columns | form)


def show_groups(groups: pd.DataFrame, *measures: tuple[str | None, str]) -> str:
    """Write some measures of `compare_groups`.

    Parameters
    ----------
    groups : DataFrame
    *measures : tuple of (str or None, str)
        Driver (None for the outcome) and measure.
    """
    parts = []
    for driver, measure in measures:
        is_of = groups["driver"].isna() if driver is None else groups["driver"] == driver
        form = "{:.2f}" if measure in ("outcome", "score") else "{:.1%}"
        part = groups[is_of & (groups["measure"] == measure)]
        columns = {
            "group": ("group", "{}"),
            "n": ("reviews", "{:,.0f}"),
            "estimate": (f"{driver or 'all'}, {measure}", form),
            "difference": ("against the rest", form.replace(":", ":+")),
            "p_adjusted": ("p, adjusted", "{:.3f}"),
        }
        parts.append(to_markdown(part, columns))
    return "\n\n".join(parts)


def show_drift(drift: pd.DataFrame) -> str:
    """Write the lines of `kano_drift` that could be drawn."""
    drawn = drift[drift["estimate"].notna()]
    columns = {
        "driver": ("driver", "{}"),
        "measure": ("", "{}"),
        "n_periods": ("quarters", "{:.0f}"),
        "first_value": ("first", "{:+.2f}"),
        "last_value": ("last", "{:+.2f}"),
        "estimate": ("change a quarter", "{:+.2f}"),
        "p_adjusted": ("p, adjusted", "{:.3f}"),
        "direction": ("direction", "{}"),
    }
    return to_markdown(drawn, columns)


def tell_trends(trends: pd.DataFrame, *, level: float = 0.05) -> str:
    """Say in a sentence how many changes from period to period are told from chance."""
    tested = trends["p_adjusted"].notna()
    n_found = int((trends["p_adjusted"] < level).sum())
    return (
        f"Of {int(tested.sum()):,} changes from one month to the next that could be tested, "
        f"{n_found:,} are told from 0 (adjusted p below {level})."
    )


def list_notes(*notes: str) -> pd.DataFrame:
    """Keep as a table what an analysis could not answer."""
    return pd.DataFrame({"note": pd.Series(notes, dtype=object)})
