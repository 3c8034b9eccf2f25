"""Read the gold set, and the texts written for this project, into the common columns."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from nlp_cx.corpus import datasets
from nlp_cx.corpus.layout import lay_out, put_labels, read_json_lines, read_lines
from nlp_cx.corpus.readers import Labels, Row
from nlp_cx.errors import InputError
from nlp_cx.taxonomy import load_taxonomy


def read_gold_split(root: str | Path, split: str) -> pd.DataFrame:
    """Read one split of the gold set.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``labels/``, and ``data/`` for conversations that are translations.
    split : {'train', 'dev', 'test'}

    Returns
    -------
    DataFrame
        As `nlp_cx.corpus.splits.add_labels` gives it; ``source`` is ``gold``. A text has the
        licence of the data set it was cut from; ``dataset, file, row`` say where it was cut, of a
        translated conversation where the original stands.
    """
    rows = read_json_lines(Path(root) / "labels" / f"{split}.jsonl")
    frame = lay_out(
        [r["text"] for r in rows],
        [r["dataset"] for r in rows],
        [r["file"] for r in rows],
        [gold_row(r["row"]) for r in rows],
        [r["lang"] for r in rows],
    )
    frame = put_labels(frame, [read_gold(r) for r in rows])
    frame["example_id"] = ["gold/" + r["id"] for r in rows]
    frame["source"], frame["is_soft"], frame["weight"] = "gold", False, 1.0
    permitted = {s.name for s in datasets.load_catalogue().values() if s.is_permitted}
    for name, entry in datasets.load_unlabelled_sources().items():
        permitted.update(f"{name}:{part}" for part in entry["permitted_sources"])
    frame["license_stated"] = frame["dataset"].isin(permitted)
    return _join_translations(root, frame)


def read_written(root: str | Path, *, own: str | Path | None = None) -> pd.DataFrame:
    """Read the texts written for this project.

    Parameters
    ----------
    root : str or Path
        Folder that holds ``labels/written_train.jsonl``.
    own : str or Path, optional
        Folder of ``*_zh*.tsv`` and ``*_en*.tsv`` files in the codes of the guideline (id,
        sentiment, drivers, loyalty, text); ``data/written`` of the checkout when not given.

    Returns
    -------
    DataFrame
        As `add_labels` gives it; ``source`` is ``written``.

    Raises
    ------
    InputError
        If a line does not follow the codes.
    """
    rows = read_json_lines(Path(root) / "labels" / "written_train.jsonl")
    files = ["written_train.jsonl"] * len(rows)
    for path in sorted(Path(own or datasets.REPOSITORY / "data" / "written").glob("*_*.tsv")):
        lines = [line for line in read_lines(path) if line.strip() and not line.startswith("#")]
        rows += [_parse_codes(line, path) for line in lines]
        files += [path.name] * len(lines)
    frame = lay_out(
        [r["text"] for r in rows], "written", files, range(len(rows)), [r["lang"] for r in rows]
    )
    frame = put_labels(frame, [read_gold(r) for r in rows])
    frame["example_id"] = [f"written/{f}/{r['id']}" for f, r in zip(files, rows, strict=True)]
    frame["source"], frame["license_stated"] = "written", True
    frame["is_soft"], frame["weight"] = False, 1.0
    return frame


def gold_row(place: str) -> int:
    """Give the number of the row in ``1269#3`` (sentence 3 of it) or ``474.34`` (turn 34).

    Examples
    --------
    >>> gold_row("1269#3"), gold_row("474.34"), gold_row("277")
    (1269, 474, 277)
    """
    return int(re.split("[#.]", place)[0])


def _join_translations(root: str | Path, frame: pd.DataFrame) -> pd.DataFrame:
    """Put texts of translated conversations where the original stands: both are held out."""
    for name, dataset in datasets.load_catalogue().items():
        is_here = frame["dataset"] == name
        if is_here.any() and dataset.translation_of:
            path = Path(root) / "data" / name / dataset.files["train"][0]
            original = Path(root) / "data" / dataset.translation_of / path.name
            ids = [row["id"] for row in read_json_lines(path)]
            rows = {row["id"]: number for number, row in enumerate(read_json_lines(original))}
            frame.loc[is_here, "row"] = [rows[ids[n]] for n in frame.loc[is_here, "row"]]
            frame.loc[is_here, "dataset"] = dataset.translation_of
    return frame


@cache
def gold_rows(root: str | Path, dataset: str, file: str) -> frozenset[int]:
    """Give the rows of a file that texts of the gold train split were cut from, read once."""
    rows = read_json_lines(Path(root) / "labels" / "train.jsonl")
    return frozenset(
        gold_row(r["row"]) for r in rows if (r["dataset"], r["file"]) == (dataset, file)
    )


def read_gold(row: Row) -> Labels:
    """Read a text of the gold set or a written one: every driver was considered."""
    drivers = row["drivers"]
    labels: Labels = {d: drivers.get(d, "not_mentioned") for d in load_taxonomy().ids}
    labels["sentiment"] = row["sentiment"]
    labels["loyalty"] = row["loyalty"] or "none"
    return labels


_SENTIMENTS = {"p": "positive", "n": "negative", "m": "mixed", "u": "neutral"}
_DRIVERS = dict(zip("PSR$CB", load_taxonomy().ids, strict=True))
_POLARITIES = {"+": "positive", "-": "negative", "0": "neutral", "~": "mixed"}


def _parse_codes(line: str, path: Path) -> dict[str, Any]:
    """Read a line ``id, sentiment, drivers, loyalty, text`` in the codes of the guideline."""
    try:
        name, sentiment, drivers, loyalty, text = line.rstrip("\r\n").split("\t")
        return {
            "id": name,
            "lang": path.stem.split("_")[1],
            "text": text,
            "sentiment": _SENTIMENTS[sentiment],
            "drivers": {_DRIVERS[code[0]]: _POLARITIES[code[1:]] for code in drivers.split()},
            "loyalty": {"": None, "L+": "positive", "L-": "negative"}[loyalty],
        }
    except (ValueError, KeyError) as e:
        raise InputError(
            f"{path}: {line.rstrip()!r} is not five cells id, sentiment (p n m u), drivers "
            f"(like 'P+ $-'), loyalty (L+ L- or empty), text ({e!r})."
        ) from e
