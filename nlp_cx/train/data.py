"""From labelled files to the columns that training knows; what is not understood is an error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nlp_cx.corpus.leakage import normalize_all
from nlp_cx.errors import InputError, TaxonomyError
from nlp_cx.schema import LANGUAGES, POLARITIES, SENTIMENTS
from nlp_cx.taxonomy import Taxonomy
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.language import detect_languages
from nlp_cx.train.config import DataConfig
from nlp_cx.train.files import read_labelled

MENTIONS = (*POLARITIES, "mentioned", "not_mentioned")
"""Values of a label's column; ``mentioned``: its polarity is not known."""

LOYALTY = ("positive", "negative", "none")

EXAMPLES_SOURCE = "taxonomy"
"""Value of ``source`` for the examples of the taxonomy."""

_SHOWN = 5


def read_part(
    paths: tuple[str, ...], base: Path, data: DataConfig, taxonomy: Taxonomy
) -> pd.DataFrame:
    """Read the files of one part.

    Parameters
    ----------
    paths : tuple of str
    base : Path
        Where relative paths start.
    data : DataConfig
    taxonomy : Taxonomy

    Returns
    -------
    DataFrame, one row per text
        The columns of `nlp_cx.train.trainer.TrainingData.examples`, and ``example_id``, ``match``
        (the normalised text), ``group`` and ``time`` (None: not known).

    Raises
    ------
    InputError
        If a file cannot be read, a column is missing, a value is not understood, or a text is
        empty.
    TaxonomyError
        If a label is not in the taxonomy.
    """
    parts = []
    for name in paths:
        path = base / name
        parts.append(_lay_out(read_labelled(path), name, data, taxonomy))
    return pd.concat(parts, ignore_index=True)


def taxonomy_examples(taxonomy: Taxonomy) -> pd.DataFrame:
    """Give the examples of a taxonomy as texts to learn from.

    Parameters
    ----------
    taxonomy : Taxonomy

    Returns
    -------
    DataFrame, one row per text
        As `read_part` gives them. A text is labelled with the labels that list it; of the others
        nothing is known.
    """
    texts: dict[str, dict[str, str]] = {}
    for label in taxonomy.labels:
        for example in label.examples:
            texts.setdefault(example.text, {"lang": example.lang})[label.id] = example.polarity
    rows = [{"text": text, **values} for text, values in texts.items()]
    frame = pd.DataFrame(rows, columns=["text", "lang", *taxonomy.ids], dtype=object)
    frame = frame.where(frame.notna(), None)
    return _complete(frame, taxonomy, EXAMPLES_SOURCE)


def _complete(frame: pd.DataFrame, taxonomy: Taxonomy, source: str) -> pd.DataFrame:
    """Add the columns that are missing."""
    n = len(frame)
    blank = {name: pd.Series([None] * n, frame.index, dtype=object) for name in _OPTIONAL}
    for name, column in blank.items():
        if name not in frame:
            frame[name] = column
    defaults: dict[str, Any] = {"weight": 1.0, "source": source}
    for name, value in defaults.items():
        if name not in frame:
            frame[name] = value
    frame["match"] = normalize_all(frame["text"].tolist())
    known = frame[list(taxonomy.ids)]
    is_polar = known.isin([*POLARITIES, "not_mentioned"]).all(axis=1)
    frame["is_full"] = (is_polar & frame["sentiment"].notna()).to_numpy(bool)
    if "example_id" not in frame:
        frame["example_id"] = [f"{source}/{i}" for i in range(1, n + 1)]
    return frame.reset_index(drop=True)


_OPTIONAL = ("sentiment", "loyalty", "group", "time")


def _lay_out(raw: pd.DataFrame, name: str, data: DataConfig, taxonomy: Taxonomy) -> pd.DataFrame:
    """Bring one file into our columns."""
    wanted = {"text": data.text, "id": data.id, "group": data.group, "time": data.time,
              "source_column": data.source_column, "weight": data.weight}  # fmt: skip
    missing = [f"{key} = {value!r}" for key, value in wanted.items() if value and value not in raw]
    if missing:
        raise InputError(
            f"{name}: no column for data.{', data.'.join(missing)}; the columns are "
            f"{', '.join(map(str, raw.columns))}."
        )
    texts = raw[data.text]
    if strange := [i for i in raw.index if not isinstance(texts[i], str)]:
        raise InputError(
            f"{name}: {len(strange):,} rows without text in column {data.text!r} (the first: row "
            f"{strange[0]}). Remove them, or name another column with data.text."
        )
    frame = pd.DataFrame({"text": texts.astype(object)})
    for label, values in _read_labels(raw, name, data, taxonomy).items():
        frame[label] = values
    for ours, column, allowed in (
        ("sentiment", data.sentiment, (*SENTIMENTS, "mixed")),
        ("loyalty", data.loyalty, LOYALTY),
    ):
        if column and column in raw:
            frame[ours] = _translate(raw[column], column, name, data.values, allowed)
    if data.lang and data.lang in raw:
        frame["lang"] = raw[data.lang].astype(str)
    else:
        frame["lang"] = _detect(frame["text"].tolist())
    if data.group:
        frame["group"] = [None if g is None else str(g) for g in raw[data.group]]
        if n_without := int(frame["group"].isna().sum()):
            raise InputError(
                f"{name}: {n_without:,} rows have no group in {data.group!r}. A split by group "
                "needs one for every row."
            )
    if data.time:
        frame["time"] = _read_times(raw[data.time], data.time, name)
    if data.weight:
        frame["weight"] = _read_weights(raw[data.weight], data.weight, name)
    if data.source_column:
        frame["source"] = raw[data.source_column].astype(str)
    ids = raw[data.id].astype(str) if data.id else [f"{name}/{i}" for i in raw.index]
    frame["example_id"] = list(ids)
    return _complete(frame, taxonomy, "files")


def _read_labels(
    raw: pd.DataFrame, name: str, data: DataConfig, taxonomy: Taxonomy
) -> dict[str, pd.Series]:
    """Read the labels, from one column of lists or from a column each."""
    if data.labels and data.labels in raw:
        return _read_lists(raw[data.labels], name, data, taxonomy)
    present = [label for label in taxonomy.ids if label in raw]
    has_sentiment = data.sentiment and data.sentiment in raw
    if not present and not has_sentiment:
        raise InputError(
            f"{name}: nothing is labelled; expected a column {data.labels!r} with lists of labels, "
            f"columns named as the labels ({', '.join(taxonomy.ids[:6])}…), or a column "
            f"{data.sentiment!r}. The columns are {', '.join(map(str, raw.columns))}."
        )
    columns = {}
    for label in taxonomy.ids:
        if label not in raw:
            columns[label] = pd.Series([None] * len(raw), raw.index, dtype=object)
            continue
        values = _translate(raw[label], label, name, data.values, MENTIONS)
        if data.empty == "not_mentioned":
            values = values.where(values.notna(), "not_mentioned")
        columns[label] = values
    return columns


def _read_lists(
    cells: pd.Series, name: str, data: DataConfig, taxonomy: Taxonomy
) -> dict[str, pd.Series]:
    """Read lists of labels: what a list does not name was not mentioned."""
    known = set(taxonomy.ids)
    values: dict[str, list[str | None]] = {label: [] for label in taxonomy.ids}
    strangers: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    first: dict[str, int] = {}
    for row, cell in cells.items():
        found = _parse_list(cell)
        for label, polarity in (found or {}).items():
            if label not in known:
                strangers[label] += 1
                first.setdefault(label, int(str(row)))
            elif data.values.get(polarity, polarity) not in MENTIONS:
                wrong[polarity] += 1
        for label in taxonomy.ids:
            if found is None and data.empty == "unlabelled":
                values[label].append(None)
            else:
                polarity = (found or {}).get(label, "not_mentioned")
                values[label].append(data.values.get(polarity, polarity))
    if strangers:
        shown = ", ".join(
            f"{label!r} ({n:,} rows, first in row {first[label]})"
            for label, n in strangers.most_common(_SHOWN)
        )
        raise TaxonomyError(
            f"{name}: labels that the taxonomy {taxonomy.name} {taxonomy.version} does not have: "
            f"{shown}. It has {', '.join(taxonomy.ids)}. Correct the file, or add the label."
        )
    _refuse_values(wrong, name, data.labels, MENTIONS)
    return {label: pd.Series(v, cells.index, dtype=object) for label, v in values.items()}


def _parse_list(cell: Any) -> dict[str, str] | None:
    """Give the polarity of every label of a cell; None where there is no list."""
    if cell is None:
        return None
    if isinstance(cell, Mapping):
        pairs = [(str(k), str(v)) for k, v in cell.items() if v is not None]
    else:
        parts = (
            cell.replace("|", ";").replace(",", ";").split(";") if isinstance(cell, str) else cell
        )
        given = [str(part).strip() for part in parts if part is not None and str(part).strip()]
        split = [part.partition(":") for part in given if part not in ("[]", "-")]
        pairs = [(label.strip(), polarity.strip() or "mentioned") for label, _, polarity in split]
    found: dict[str, str] = {}
    for label, polarity in pairs:
        before = found.get(label, polarity)
        found[label] = polarity if before == polarity else "mixed"
    return found


def _translate(
    cells: pd.Series, column: str, name: str, values: Mapping[str, str], allowed: tuple[str, ...]
) -> pd.Series:
    """Bring the words of a column into ours."""
    words = [None if cell is None else _word(cell) for cell in cells]
    ours = [None if word is None else values.get(word, word.lower()) for word in words]
    _refuse_values(
        Counter(str(word) for word, our in zip(words, ours, strict=True)
                if our is not None and our not in allowed),
        name, column, allowed,
    )  # fmt: skip
    return pd.Series(ours, cells.index, dtype=object)


def _word(cell: Any) -> str:
    """Write a cell as its word: 1.0 is 1."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _refuse_values(wrong: Counter[str], name: str, column: str, allowed: tuple[str, ...]) -> None:
    """Raise where values are not understood."""
    if wrong:
        shown = ", ".join(f"{word!r:.40} ({n:,})" for word, n in wrong.most_common(_SHOWN))
        raise InputError(
            f"{name}, column {column!r}: {sum(wrong.values()):,} values are not understood: "
            f"{shown}. Expected {', '.join(allowed)}, or say what they mean under [data.values]."
        )


def _read_times(cells: pd.Series, column: str, name: str) -> pd.Series:
    """Read times; all of them are needed for a split."""
    times = pd.to_datetime(cells, errors="coerce", utc=True, format="mixed")
    if times.isna().any():
        rows = times.index[times.isna()]
        raise InputError(
            f"{name}, column {column!r}: {len(rows):,} values are no time (the first, row "
            f"{rows[0]}: {cells[rows[0]]!r:.40}). A split by time needs one a row, as "
            "2025-03-31."
        )
    return times


def _read_weights(cells: pd.Series, column: str, name: str) -> pd.Series:
    """Read weights above 0."""
    weights = pd.to_numeric(cells, errors="coerce").astype(np.float64)
    if not (weights > 0).all() or not np.isfinite(weights).all():
        row = weights.index[~((weights > 0) & np.isfinite(weights))][0]
        raise InputError(
            f"{name}, column {column!r}, row {row}: weight {cells[row]!r:.40}, expected a number "
            "above 0."
        )
    return weights


def _detect(texts: list[str]) -> list[str]:
    """Name the language of every text as the data sets do."""
    batch = TextBatch.from_strings(texts)
    codes = detect_languages(batch.codes, batch.offsets[:-1], batch.offsets[1:])
    return [LANGUAGES[c].partition("-")[0] for c in codes]
