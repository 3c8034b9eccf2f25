"""Outputs appear whole or not at all, whatever goes wrong."""

import contextlib
import os
import resource
import stat
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from nlp_cx.errors import OutputError, SchemaError
from nlp_cx.write.group import SinkGroup
from nlp_cx.write.sink import open_sink
from nlp_cx.write.target import FORMATS, check_target

ENDINGS = [*FORMATS, ".csv.gz", ".tsv.gz", ".jsonl.gz"]
BATCH = pa.record_batch({"text": ["好吃", "too salty", None], "stars": [5, 2, 3]})


def noise(n_rows: int) -> pa.RecordBatch:
    """Make texts that no format can compress below half a megabyte per 10,000 rows."""
    rng = np.random.default_rng(0)
    return pa.record_batch({"text": [rng.bytes(25).hex() for _ in range(n_rows)]})


@contextlib.contextmanager
def disk_of(n_bytes: int):
    """Let every file of this process end at `n_bytes`, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def write(target, *steps):
    """Write batches one by one; a step that is an exception is raised instead."""
    with open_sink(target, steps[0].schema) as sink:
        for step in steps:
            if not isinstance(step, pa.RecordBatch):
                raise step
            sink.write(step)


def write_group(batches, n_bytes_at_the_end=None):
    """Write one batch to each path; then let the disk shrink before the outputs are finished."""
    with contextlib.ExitStack() as small_disk, SinkGroup() as outputs:
        for target, batch in batches.items():
            outputs.write(target, batch)
        if n_bytes_at_the_end:
            small_disk.enter_context(disk_of(n_bytes_at_the_end))


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_file_appears_at_the_end_and_nothing_else_does(tmp_path, ending):
    target = tmp_path / f"out{ending}"
    with open_sink(target, BATCH.schema) as sink:
        sink.write(BATCH)
        assert not target.exists()
    assert [p.name for p in tmp_path.iterdir()] == [target.name]
    assert sink.n_rows == 3


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("ending", ENDINGS)
def test_an_exception_leaves_the_previous_output(tmp_path, ending, error):
    target = tmp_path / f"out{ending}"
    target.write_bytes(b"before")
    with pytest.raises(error):
        write(target, BATCH, error())
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_full_disk_is_one_clear_error_and_leaves_the_previous_output(tmp_path, ending):
    target = tmp_path / f"out{ending}"
    target.write_bytes(b"before")
    batch = noise(20_000)
    with (
        disk_of(100_000),
        pytest.raises(OutputError, match=r"out.*writing failed after .* rows \(.*\).*unchanged"),
    ):
        write(target, batch)
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("out.txt", r"the ending '\.txt' names no format\. Use \.csv"),
        ("out", "a name without ending names no format"),
        ("out.parquet.gz", r"'\.parquet\.gz' names no format"),
        ("out.xlsx.gz", r"'\.xlsx\.gz' names no format"),
        ("out.json", r"\.jsonl"),
        ("missing/out.csv", "folder .*missing does not exist. Create it first"),
    ],
)
def test_targets_that_cannot_work_are_refused_before_any_work(tmp_path, name, message):
    for attempt in (check_target, lambda path: open_sink(path, BATCH.schema)):
        with pytest.raises(OutputError, match=message):
            attempt(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_endings_may_be_in_capitals(tmp_path):
    write(tmp_path / "OUT.CSV", BATCH)
    assert (tmp_path / "OUT.CSV").read_text(encoding="utf-8-sig").startswith('"text"')


def test_a_folder_is_no_target(tmp_path):
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        open_sink(tmp_path / "out.csv", BATCH.schema)


def test_a_pipe_is_no_target(tmp_path):
    os.mkfifo(tmp_path / "out.csv")
    with pytest.raises(OutputError, match="device or pipe"):
        open_sink(tmp_path / "out.csv", BATCH.schema)


def test_a_folder_without_write_permission_is_named():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        was_root = os.geteuid() == 0
        if was_root:
            os.seteuid(65534)
        try:
            with pytest.raises(OutputError, match=r"cannot be written to \(Permission denied\)"):
                check_target(folder / "out.csv")
        finally:
            if was_root:
                os.seteuid(0)
            folder.chmod(0o755)


def test_the_file_is_as_readable_as_any_new_file(tmp_path):
    (tmp_path / "other").touch()
    write(tmp_path / "out.csv", BATCH)
    assert (tmp_path / "out.csv").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_replaced_file_keeps_its_permissions(tmp_path):
    target = tmp_path / "out.csv"
    target.touch(0o640)
    target.chmod(0o640)
    write(target, BATCH)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_link_stays_and_its_file_is_replaced(tmp_path):
    (tmp_path / "real.csv").write_text("before")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    write(tmp_path / "link.csv", BATCH)
    assert (tmp_path / "link.csv").is_symlink()
    assert "好吃" in (tmp_path / "real.csv").read_text(encoding="utf-8")


def test_a_name_of_the_greatest_length_works(tmp_path):
    target = tmp_path / ("x" * 251 + ".csv")
    write(target, BATCH)
    assert target.exists()


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_bytes_do_not_depend_on_the_batches(tmp_path, ending):
    n = 3_000
    batch = pa.record_batch(
        {
            "text": [f'第{i}条, "{"x" * (i % 300)}"\r\n' for i in range(n)],
            "score": pa.array(np.random.default_rng(1).random(n), pa.float32()),
            "label": pa.array([("negative", None, "positive")[i % 3] for i in range(n)])
            .dictionary_encode()
            .cast(pa.dictionary(pa.int8(), pa.string())),
        }
    )
    written = []
    for size in (1, 7, 1_000, n):
        target = tmp_path / f"out{size}{ending}"
        with open_sink(target, batch.schema) as sink:
            for start in range(0, n, size):
                sink.write(batch.slice(start, size))
        written.append(target.read_bytes())
    assert all(data == written[0] for data in written[1:])


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_table_without_rows_keeps_its_columns(tmp_path, ending):
    target = tmp_path / f"out{ending}"
    with open_sink(target, BATCH.schema):
        pass
    assert target.exists()
    if ending == ".csv":
        assert target.read_text(encoding="utf-8-sig") == '"text","stars"\n'


def test_rows_of_another_table_are_refused(tmp_path):
    with (
        pytest.raises(
            SchemaError, match=r"out\.csv: rows with columns text: int64 .* text: string"
        ),
        open_sink(tmp_path / "out.csv", pa.schema({"text": pa.string()})) as sink,
    ):
        sink.write(pa.record_batch({"text": [1]}))
    assert list(tmp_path.iterdir()) == []


def test_a_group_renames_only_when_all_are_complete(tmp_path):
    batches = {tmp_path / "a.csv": BATCH, tmp_path / "b.csv": noise(20_000)}
    with disk_of(100_000), pytest.raises(OutputError, match=r"b\.csv"):
        write_group(batches)
    assert list(tmp_path.iterdir()) == []


def test_a_group_whose_last_output_fails_at_the_end_renames_nothing(tmp_path):
    # The rows of a parquet file wait for their row group: nothing is written before the end.
    batches = {tmp_path / "a.csv": BATCH, tmp_path / "b.parquet": noise(20_000)}
    with pytest.raises(OutputError, match=r"b\.parquet"):
        write_group(batches, n_bytes_at_the_end=100_000)
    assert list(tmp_path.iterdir()) == []


def test_a_group_renames_all_at_the_end(tmp_path):
    write_group({tmp_path / "a.csv": BATCH, tmp_path / "b.parquet": BATCH})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "b.parquet"]


def test_two_outputs_of_a_group_cannot_be_one_file(tmp_path):
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    with pytest.raises(OutputError, match="two outputs have this name"):
        write_group({tmp_path / "a.csv": BATCH, tmp_path / "link.csv": BATCH})
    assert [p.name for p in tmp_path.iterdir()] == ["link.csv"]
