import io

from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.read.encodings import Encoding
from nlp_cx.read.transcode import Utf8Stream, describe_bad_bytes


def _transcode(data: bytes, encoding: str, size: int) -> bytes:
    stream, out = Utf8Stream(io.BytesIO(data), Encoding(encoding)), b""
    while block := stream.read(size):
        out += block
    return out


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.sampled_from(["gb18030", "utf-16-le", "utf-16-be", "utf-32-le", "utf-8"]),
    st.integers(1, 9),
)
def test_stream_gives_the_text_wherever_blocks_are_cut(text, encoding, size):
    assert _transcode(text.encode(encoding), encoding, size).decode() == text


@given(st.binary(max_size=30), st.sampled_from(["gb18030", "big5", "utf-16-le", "cp1252"]))
def test_any_bytes_give_text_or_marks_that_no_utf8_holds(data, encoding):
    out = _transcode(data, encoding, 7)
    reason, _ = describe_bad_bytes(out, encoding)
    try:
        out.decode()
    except UnicodeDecodeError:
        assert encoding in reason
    else:
        assert reason == ""


def test_bad_bytes_do_not_swallow_the_line_end():
    for encoding in ("gb18030", "big5", "utf-16-le"):
        bad = b"\x00\xd8" if encoding == "utf-16-le" else b"\xff\xb0"
        data = "a\n".encode(encoding) + bad + "\nb\n".encode(encoding)
        assert _transcode(data, encoding, 3).count(b"\n") == 3


def test_signs_of_windows_code_pages_are_read():
    assert _transcode(b"\x80", "gb18030", 9).decode() == "€"
    assert _transcode(b"\xa3\xe1\xa1\xe3", "big5", 9).decode() == "€～"
    assert _transcode("啲嘢好食㗎".encode("big5hkscs"), "big5", 2).decode() == "啲嘢好食㗎"
