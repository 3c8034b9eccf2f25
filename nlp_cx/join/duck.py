"""DuckDB with a bound on memory, a folder to spill to, and no name of the user's in its SQL."""

from __future__ import annotations

import glob
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nlp_cx.errors import InputError, JoinError

WHOLE = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
    | {"UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}
)
"""DuckDB's types of whole numbers."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table that the engine can query.

    Parameters
    ----------
    name : str
        As the user calls it.
    view : str
        As the SQL calls it.
    schema : pyarrow.Schema
        The user's columns and types, with the metadata of the table.
    columns : dict of str to str
        Name in the SQL by the user's name: ``c0, c1, …``. DuckDB does not tell ``ID`` from ``id``,
        and a user's name may be anything.
    types : dict of str to str
        DuckDB's type by the user's name.
    """

    name: str
    view: str
    schema: pa.Schema
    columns: dict[str, str]
    types: dict[str, str]


class Engine:
    """Run SQL on tables in memory and in parquet files.

    Parameters
    ----------
    memory_limit : str
        What DuckDB may hold before it spills, e.g. ``"1200MB"``. Python and the batches that are
        given out come on top: about 300 MB.
    threads : int, optional
        One per processor when not given. Has no influence on any result.
    temp_folder : str, optional
        Where to spill; the system's folder for temporary files when not given.
    """

    def __init__(
        self, *, memory_limit: str, threads: int | None = None, temp_folder: str | None = None
    ) -> None:
        self._memory_limit = memory_limit
        self._threads = threads
        self._temp_folder = temp_folder

    @contextmanager
    def open(self, *, on_disk: bool) -> Iterator[Engine]:
        """Connect; everything that was spilled is removed at the end.

        Parameters
        ----------
        on_disk : bool
            Keep tables on the way in a file, where they are compressed and can be put out of
            memory: for inputs that are files themselves. In memory a join takes 0.04 s less.
        """
        with tempfile.TemporaryDirectory(prefix="nlp_cx-join-", dir=self._temp_folder) as folder:
            config: dict[str, Any] = {
                "memory_limit": self._memory_limit,
                "temp_directory": str(Path(folder) / "spilled"),
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
            if self._threads is not None:
                config["threads"] = self._threads
            try:
                where = str(Path(folder) / "join.duckdb") if on_disk else ":memory:"
                self._connection = duckdb.connect(where, config=config)
            except duckdb.Error as e:
                raise JoinError(
                    f"the memory limit {self._memory_limit!r} or the number of threads "
                    f"{self._threads} cannot be used ({_first_line(e)}). Write e.g. '1200MB'."
                ) from e
            for setting in ("TimeZone = 'UTC'", "python_enable_replacements = false",
                            "enable_progress_bar = false"):  # fmt: skip
                self._connection.execute(f"SET {setting}")
            try:
                yield self
            finally:
                self._connection.close()

    def register(self, view: str, name: str, table: Any) -> Relation:
        """Make a table known.

        Parameters
        ----------
        view : str
            Its name in the SQL.
        name : str
            The user's name, for messages.
        table : DataFrame, pyarrow.Table, str or Path
            A path is a parquet file, which is read as far as it is needed.

        Returns
        -------
        Relation

        Raises
        ------
        InputError
            If it is something else, cannot be read, or names a column twice.
        """
        if isinstance(table, str | Path):
            schema = self._register_file(view, name, str(table))
        else:
            arrow = _to_arrow(name, table)
            schema = arrow.schema
            self._connection.register(view, arrow.rename_columns(_plain_names(schema)))
        _refuse_twice(name, schema.names)
        described = self.rows(f"DESCRIBE SELECT * FROM {view}")
        types = dict(zip(schema.names, (row[1] for row in described), strict=True))
        columns = dict(zip(schema.names, _plain_names(schema), strict=True))
        return Relation(name, view, schema, columns, types)

    def keep(self, view: str, table: pa.Table) -> None:
        """Make a small table of the program's own known."""
        self._connection.register(view, table)

    def run(self, sql: str) -> None:
        """Run a statement that gives nothing back."""
        with self._reporting():
            self._connection.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Give all rows of a small result. Times with zones have to be cast before."""
        with self._reporting():
            return self._connection.execute(sql).fetchall()

    def row(self, sql: str) -> tuple[Any, ...]:
        """Give the only row of a result."""
        return self.rows(sql)[0]

    def table(self, sql: str) -> pa.Table:
        """Give a whole result."""
        with self._reporting():
            return self._connection.sql(sql).to_arrow_table()

    def stream(self, sql: str, n_rows: int) -> Iterator[pa.RecordBatch]:
        """Give a result in batches of about `n_rows`, without holding it all."""
        with self._reporting():
            found: Any = self._connection.sql(sql)
            # DuckDB 2.0 has one name for it, 1.x the other.
            name = "to_arrow_reader" if "to_arrow_reader" in dir(found) else "fetch_arrow_reader"
            yield from getattr(found, name)(n_rows)

    def _register_file(self, view: str, name: str, path: str) -> pa.Schema:
        """Make a view of a parquet file."""
        if not path.lower().endswith(".parquet"):
            raise InputError(
                f"{name}: {path} is no parquet file. Read it with pandas first, or use "
                "nlp-cx join, which reads csv, tsv, jsonl and xlsx too."
            )
        try:
            schema = pq.read_schema(path)
        except (OSError, pa.ArrowException) as e:
            raise InputError(f"{name}: {path} cannot be read ({_first_line(e)}).") from e
        if glob.has_magic(path):
            # DuckDB would take [ and * in a path for a pattern, and has no escape.
            import pyarrow.dataset as ds

            self._connection.register(f"{view}_file", ds.dataset(path, format="parquet"))
            source = f"{view}_file"
        else:
            source = f"read_parquet({literal(path)})"
        names = ", ".join(_plain_names(schema))
        self.run(f"CREATE VIEW {view} AS SELECT * FROM {source} AS t({names})")
        return schema

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        """Turn what lies outside the program into errors that say what to do."""
        try:
            yield
        except duckdb.OutOfMemoryException as e:
            raise JoinError(
                f"the join needs more than its memory limit of {self._memory_limit}, or more room "
                f"to spill than the disk has ({_first_line(e)}). Raise the limit "
                "(--memory-limit 4GB), or name a folder with room (TMPDIR)."
            ) from e
        except (duckdb.ConversionException, duckdb.OutOfRangeException) as e:
            raise JoinError(
                f"a value does not fit what is asked of it ({_first_line(e)}). Mend the column, or "
                "take it as text."
            ) from e
        except (duckdb.IOException, duckdb.InvalidInputException) as e:
            raise InputError(f"a table cannot be read ({_first_line(e)}).") from e


def literal(text: str) -> str:
    """Write a text as an SQL literal.

    Examples
    --------
    >>> literal("it's"), literal("DROP TABLE x; --")
    ("'it''s'", "'DROP TABLE x; --'")
    """
    return "'" + text.replace("'", "''") + "'"


def _plain_names(schema: pa.Schema) -> list[str]:
    """Name columns by their positions."""
    return [f"c{i}" for i in range(len(schema))]


def _refuse_twice(name: str, columns: Sequence[str]) -> None:
    """Refuse a table with two columns of one name."""
    twice = [repr(column) for column, n in Counter(columns).items() if n > 1]
    if twice:
        raise InputError(f"{name}: several columns are named {', '.join(twice)}.")


def _to_arrow(name: str, table: Any) -> pa.Table:
    """Give a table as Arrow, without column types that carry no type."""
    if isinstance(table, pd.DataFrame):
        unnamed = [repr(column) for column in table.columns if not isinstance(column, str)]
        if unnamed:
            raise InputError(f"{name}: columns {', '.join(unnamed[:5])} have no name of text.")
        _refuse_twice(name, list(table.columns))
        try:
            arrow = pa.Table.from_pandas(table, preserve_index=False)
        except (pa.ArrowException, TypeError, ValueError) as e:
            raise InputError(f"{name}: a column mixes types ({_first_line(e)}).") from e
    elif isinstance(table, pa.Table):
        arrow = table
    else:
        raise InputError(
            f"{name}: got {type(table).__name__}, expected a DataFrame, a pyarrow Table or the "
            "path of a parquet file."
        )
    fields = [
        field.with_type(pa.string()) if pa.types.is_null(field.type) else field
        for field in arrow.schema
    ]
    return arrow.cast(pa.schema(fields, arrow.schema.metadata))


def _first_line(e: Exception) -> str:
    """Give the first line of what a library says."""
    return str(e).strip().split("\n")[0][:200]
