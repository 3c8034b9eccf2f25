import json

import pytest

from nlp_cx.read.quarantine import Quarantine
from nlp_cx.read.source import ReadOptions, open_source


class Read:
    """Everything that comes out of one reading."""

    def __init__(self, inputs, tmp_path, options):
        self.rejected_path = tmp_path / "out.rejected.jsonl"
        with Quarantine(self.rejected_path) as quarantine:
            self.source = open_source(inputs, options=ReadOptions(**options), quarantine=quarantine)
            self.batches = list(self.source)
        self.rows = [row for batch in self.batches for row in batch.to_pylist()]
        self.rejected = []
        if self.rejected_path.exists():
            lines = self.rejected_path.read_text(encoding="utf-8").splitlines()
            self.rejected = [json.loads(line) for line in lines]

    @property
    def bad_lines(self):
        return [row["line"] for row in self.rejected]


@pytest.fixture
def write(tmp_path):
    """Write a file and give its path."""

    def write_file(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


@pytest.fixture
def read(tmp_path):
    """Read inputs to the end."""
    return lambda inputs, **options: Read(inputs, tmp_path, options)
