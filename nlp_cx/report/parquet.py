"""The tables of a report as a folder of typed parquet files with an index."""

from __future__ import annotations

import datetime
import json
import math
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from nlp_cx.errors import OutputError
from nlp_cx.report.contained_tables import ContainedTable, list_tables, name_apart
from nlp_cx.report.material import plain
from nlp_cx.report.model import Cell, Column, Findings, Missing, Report
from nlp_cx.write.sink import open_sink

INDEX = "index.json"
"""The file that says what the others hold."""

FORMAT: Final = "nlp_cx tables"
_VERSION: Final = 1
_NUMBERS: Final = ("number", "share", "signed", "points", "money")


def write_report_tables(tables: Report | Mapping[str, pd.DataFrame], folder: str | Path) -> Path:
    """Write all tables of a report, or the result tables of an analysis, as parquet files.

    Parameters
    ----------
    tables : Report or mapping of str to DataFrame
        Of a report: every table, that of each chart, and quotes. Of a mapping: every data frame,
        its index left out.
    folder : str or Path
        Is made. One that an earlier call wrote is replaced as a whole; any other one that holds
        something is refused.

    Returns
    -------
    Path
        Of the index, ``index.json``: for each table ``id, file, title, section, n_rows, notes`` and
        ``columns`` (``name, label, kind, type, low, high, help``); of a report also its title,
        language, findings and what could not be shown; of data frames their ``attrs``.

    Raises
    ------
    OutputError
        If the folder holds other files or cannot be written to, or a column mixes types that
        parquet cannot hold together. What stood there before is unchanged.

    Notes
    -----
    Types follow the kind of a column: counts int64, numbers float64, times as timestamps where all
    of them are days or moments of one sort (months and weeks stay texts), texts and labels as
    strings, truth values as such. The same tables give the same bytes.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     index = write_report_tables({"mix": pd.DataFrame({"n": [3]})}, Path(place) / "tables")
    ...     print(sorted(file.name for file in index.parent.iterdir()))
    ['index.json', 'mix.parquet']
    """
    if isinstance(tables, Report):
        found = list_tables(tables)
        names = name_apart([each.name for each in found], longest=80)
        described, arrow = _read_report(tables, found, names)
    else:
        names = name_apart(tables, longest=80)
        described, arrow = _read_frames(tables, names)
    target = Path(os.path.realpath(folder))
    _check_place(target, str(folder))
    beside = target.with_name(f".{target.name}-{secrets.token_hex(6)}.tmp")
    try:
        beside.mkdir(parents=True)
        for name, table in zip(names, arrow, strict=True):
            _write_table(table, beside / f"{name}.parquet")
        text = json.dumps(described, ensure_ascii=False, indent=1, allow_nan=False)
        (beside / INDEX).write_text(_valid(text) + "\n", encoding="utf-8")
        _put_in_place(beside, target)
    except OSError as e:
        raise OutputError(
            f"{folder}: the tables cannot be written ({e.strerror or e}). Choose another folder. "
            "What stood there before is unchanged."
        ) from e
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return target / INDEX


def _write_table(table: pa.Table, path: Path) -> None:
    """Write one file."""
    with open_sink(path, table.schema) as sink:
        for batch in table.to_batches():
            sink.write(batch)


def _read_report(
    report: Report, found: Sequence[ContainedTable], names: Sequence[str]
) -> tuple[dict[str, Any], list[pa.Table]]:
    """Describe a report, and give its tables typed."""
    arrow = [_type_table(each) for each in found]
    described = []
    for each, name, table in zip(found, names, arrow, strict=True):
        columns = [
            {
                "name": column.name,
                "label": column.label,
                "kind": column.kind,
                "type": str(table.schema.field(k).type),
                "low": column.low,
                "high": column.high,
                "help": column.help,
            }
            for k, column in enumerate(each.table.columns)
        ]
        described.append(
            {
                "id": each.table.id,
                "file": f"{name}.parquet",
                "title": each.table.title,
                "section": each.section.id,
                "summary": None if each.chart is None else each.chart.summary,
                "n_rows": len(each.table.rows),
                "columns": columns,
                "notes": list(each.table.notes),
            }
        )
    blocks = [(section, block) for section in report.sections for block in section.blocks]
    return {
        "format": FORMAT,
        "version": _VERSION,
        "title": report.title,
        "subtitle": report.subtitle,
        "language": report.language,
        "currency": report.currency,
        "findings": [
            {
                "text": item.text,
                "estimate": _finite(item.estimate),
                "low": _finite(item.low),
                "high": _finite(item.high),
                "kind": item.kind,
                "n": item.n,
                "tone": item.tone,
                "target": item.target,
            }
            for _, block in blocks
            if isinstance(block, Findings)
            for item in block.items
        ],
        "missing": [
            {
                "section": section.id,
                "title": block.title,
                "reason": block.reason,
                "remedy": block.remedy,
            }
            for section, block in blocks
            if isinstance(block, Missing)
        ],
        "tables": described,
    }, arrow


def _read_frames(
    tables: Mapping[str, pd.DataFrame], names: Sequence[str]
) -> tuple[dict[str, Any], list[pa.Table]]:
    """Describe data frames, and give them as Arrow tables."""
    described, arrow = [], []
    for (id_, frame), name in zip(tables.items(), names, strict=True):
        bare = frame.copy(deep=False)
        attrs = plain(frame.attrs)
        bare.attrs = {}  # they stand in the index; pandas cannot write all of them
        bare.columns = pd.Index([str(column) for column in frame.columns])
        try:
            table = pa.Table.from_pandas(bare, preserve_index=False)
        except (pa.ArrowException, TypeError, ValueError) as e:
            raise OutputError(
                f"table {id_!r} holds values that parquet cannot hold in one column ({e}). "
                "Give each column one type."
            ) from e
        table = table.replace_schema_metadata(None)
        arrow.append(table)
        columns = [{"name": field.name, "type": str(field.type)} for field in table.schema]
        described.append(
            {
                "id": id_,
                "file": f"{name}.parquet",
                "n_rows": table.num_rows,
                "columns": columns,
                "attrs": attrs,
            }
        )
    return {"format": FORMAT, "version": _VERSION, "tables": described}, arrow


def _type_table(found: ContainedTable) -> pa.Table:
    """Give the rows of a table as typed columns; its column names, made to differ."""
    table = found.table
    arrays = [
        _type_column(column, [row[k] for row in table.rows], table.id)
        for k, column in enumerate(table.columns)
    ]
    seen: dict[str, int] = {}
    names = []
    for column in table.columns:
        seen[column.name] = seen.get(column.name, 0) + 1
        again = "" if seen[column.name] == 1 else f"_{seen[column.name]}"
        names.append(f"{column.name}{again}")
    return pa.Table.from_arrays(arrays, names=names)


def _type_column(column: Column, values: list[Cell], table: str) -> pa.Array:
    """Choose the type of a column by its kind and its values."""
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in known):
        return pa.array(values, pa.bool_())
    are_numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in known)
    try:
        if column.kind == "count" and all(type(value) is int for value in known):
            return pa.array(values, pa.int64())
        if are_numbers and (known or column.kind in (*_NUMBERS, "count")):
            numbers = [None if value is None else _finite(float(value)) for value in values]
            return pa.array(numbers, pa.float64())
        if column.kind == "time" and known and (times := _read_times(values)) is not None:
            return times
        texts = [None if value is None else _valid(str(value)) for value in values]
        return pa.array(texts, pa.string())
    except (pa.ArrowException, OverflowError) as e:
        raise OutputError(
            f"table {table!r}: column {column.name!r} cannot be written as parquet ({e})."
        ) from e


def _read_times(values: list[Cell]) -> pa.Array | None:
    """Read times of one sort; None where they are months, weeks, or of several sorts."""
    texts = [value for value in values if value is not None]
    if not all(isinstance(text, str) and len(text) >= 10 and text[4:5] == "-" for text in texts):
        return None
    try:
        if all(len(str(text)) == 10 for text in texts):
            days = [None if v is None else datetime.date.fromisoformat(str(v)) for v in values]
            return pa.array(days, pa.date32())
        moments = [None if v is None else datetime.datetime.fromisoformat(str(v)) for v in values]
    except ValueError:
        return None
    zoned = {moment.tzinfo is not None for moment in moments if moment is not None}
    if len(zoned) != 1:
        return None
    return pa.array(moments, pa.timestamp("us", tz="UTC" if zoned == {True} else None))


def _finite(value: float | None) -> float | None:
    """Give a number that JSON and parquet readers agree on; missing for what is none."""
    return value if value is not None and math.isfinite(value) else None


def _valid(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot hold; all else stays as it is."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text


def _check_place(folder: Path, name: str) -> None:
    """Refuse to replace what no earlier call wrote."""
    if folder.is_file():
        raise OutputError(f"{name}: is a file. Give the name of a folder.")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    try:
        is_ours = json.loads((folder / INDEX).read_text(encoding="utf-8"))["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        is_ours = False
    listed = _list_files(folder) if is_ours else set()
    strange = sorted(file.name for file in folder.iterdir() if file.name not in listed)
    if strange:
        raise OutputError(
            f"{name}: holds {strange[0]!r}, which would be lost. Give a new or an empty folder, or "
            "one that holds tables of an earlier report and nothing else."
        )


def _list_files(folder: Path) -> set[str]:
    """Name the files that the index of a folder speaks of."""
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return {INDEX, *(str(table["file"]) for table in index["tables"])}


def _put_in_place(beside: Path, folder: Path) -> None:
    """Rename a finished folder to its place; what stood there goes after that."""
    former = folder.with_name(f".{folder.name}-{secrets.token_hex(6)}.old")
    if folder.exists():
        folder.rename(former)
    try:
        beside.rename(folder)
    except OSError:
        if former.exists():
            former.rename(folder)
        raise
    shutil.rmtree(former, ignore_errors=True)
