"""Types of times and carried columns, which are known when all rows were read."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from nlp_cx.read.cell_types import type_cells
from nlp_cx.study.moments import read_moments
from nlp_cx.study.scoring.task import ScoreTask
from nlp_cx.write.sink import open_sink

_BATCH_ROWS = 65_536


def type_scored(task: ScoreTask) -> int:
    """Type times and carried columns, whose cells were strings batch by batch.

    Parameters
    ----------
    task : ScoreTask

    Returns
    -------
    int
        Times that could not be read.
    """
    raw = task.path("raw")
    names = pq.read_schema(raw).names
    loose = [name for name in task.carry if name in names]
    typed = type_cells(pq.read_table(raw, columns=loose)) if loose else pa.table({})
    columns = {name: typed[name] for name in loose}
    n_unreadable = 0
    if "created_at" in names:
        written = pq.read_table(raw, columns=["created_at"])["created_at"]
        columns["created_at"], n_unreadable = read_moments(written)
    first = 0
    file = pq.ParquetFile(raw)
    sink = None
    try:
        schema = pa.schema(
            [
                field.with_type(columns[field.name].type) if field.name in columns else field
                for field in file.schema_arrow
            ]
        )
        with open_sink(task.path("scored"), schema) as sink:
            for batch in file.iter_batches(_BATCH_ROWS):
                made = [
                    columns[name].slice(first, batch.num_rows).combine_chunks()
                    if name in columns
                    else batch.column(name)
                    for name in names
                ]
                made = [
                    each.chunk(0) if isinstance(each, pa.ChunkedArray) else each for each in made
                ]
                sink.write(pa.RecordBatch.from_arrays(made, schema=schema))
                first += batch.num_rows
    finally:
        file.close()
    raw.unlink()
    return n_unreadable
