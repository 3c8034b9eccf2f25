import gzip
import io
import sys

import pytest

from nlp_cx.errors import InputError
from nlp_cx.read.bytestream import Origin, find_encoding


class _Pipe:
    """Standard input that gives few bytes at a time and cannot seek."""

    def __init__(self, data):
        self.buffer = self
        self._file = io.BytesIO(data)

    def read(self, size):
        return self._file.read(min(size, 5))


def _drain(stream):
    out = b""
    while block := stream.read(3):
        out += block
    return out


def test_standard_input_can_be_looked_at_before_it_is_read(monkeypatch):
    monkeypatch.setattr(sys, "stdin", _Pipe(b"0123456789"))
    origin = Origin("-")
    for n in (1, 4, 7):
        with origin.open(is_probe=True) as stream:
            assert b"".join(stream.read(1) for _ in range(n)) == b"0123456789"[:n]
    assert _drain(origin.open()) == b"0123456789"
    assert origin.n_bytes is None


def test_standard_input_may_be_gzip(monkeypatch):
    monkeypatch.setattr(sys, "stdin", _Pipe(gzip.compress(b"0123456789" * 100)))
    origin = Origin("-")
    with origin.open(is_probe=True) as stream:
        assert stream.read(4) == b"0123"
    assert _drain(origin.open()) == b"0123456789" * 100


def test_fraction_read_counts_packed_bytes(write):
    with Origin(str(write("a.csv.gz", gzip.compress(bytes(1000))))).open() as stream:
        assert stream.fraction_read() < 1
        _drain(stream)
        assert stream.fraction_read() == 1


def test_encoding_is_found_far_into_a_file(write):
    path = write(
        "a.csv", b"id,text\n" + b"1,plain\n" * 100_000 + "2,很好的房间和服务\n".encode("gbk")
    )
    assert find_encoding(Origin(str(path))).name == "gb18030"


def test_byte_order_mark_goes_with_the_encoding_that_was_named(write):
    path = str(write("a.csv", "text\n好\n".encode("utf-16-be").join([b"\xfe\xff", b""])))
    assert find_encoding(Origin(path), "utf-16") == ("utf-16-be", 2, "")
    assert find_encoding(Origin(path), "utf-16-le").name == "utf-16-be"


def test_encoding_that_was_named_is_not_questioned(write):
    assert find_encoding(Origin(str(write("a.csv", "text\n好\n"))), "latin-1").name == "iso8859-1"


def test_folder_without_permission_or_file_is_named(tmp_path):
    with pytest.raises(InputError, match="cannot be opened"):
        Origin(str(tmp_path)).open()
