"""Hold many texts as one flat array of code points, with offsets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from nlp_cx.errors import InputError

_REPLACEMENT = 0xFFFD
_MAX_INT32 = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class TextBatch:
    """Texts as one flat array of code points.

    Parameters
    ----------
    codes : ndarray of uint32, shape (n_chars,)
        Code points of all texts, one after the other; read-only.
    offsets : ndarray of int64, shape (n_documents + 1,)
        Text i is ``codes[offsets[i]:offsets[i + 1]]``; ``offsets[0]`` is 0; read-only.
    is_missing : ndarray of bool, shape (n_documents,)
        True where there is no text (an empty text is not missing); read-only.

    Examples
    --------
    >>> batch = TextBatch.from_strings(["房间很干净 👍", None, "ok"])
    >>> len(batch), batch.offsets.tolist(), batch.is_missing.tolist()
    (3, [0, 7, 7, 9], [False, True, False])
    >>> batch.text(0)
    '房间很干净 👍'
    >>> batch.slice(1, 3).to_arrow().to_pylist()
    [None, 'ok']
    """

    codes: npt.NDArray[np.uint32]
    offsets: npt.NDArray[np.int64]
    is_missing: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Make the arrays read-only, so that compiled loops meet one type only."""
        for name in ("codes", "offsets", "is_missing"):
            array = getattr(self, name).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __len__(self) -> int:
        """Return the number of texts, missing ones included."""
        return self.is_missing.size

    @classmethod
    def from_strings(cls, texts: Sequence[str | None]) -> TextBatch:
        """Make a batch from Python strings.

        Parameters
        ----------
        texts : sequence of str or None
            None is a missing text. Lone surrogates stay as they are.

        Returns
        -------
        TextBatch

        Raises
        ------
        InputError
            If an entry is neither a string nor None.
        """
        present = ["" if text is None else text for text in texts]
        try:
            joined = "".join(present)
        except TypeError as e:
            row, found = next((i, t) for i, t in enumerate(present) if not isinstance(t, str))
            raise InputError(
                f"text {row} is {found!r} ({type(found).__name__}), expected a string or None: "
                "convert it with str() or replace it by None"
            ) from e
        codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
        offsets = np.zeros(len(present) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, present), np.int64, len(present)), out=offsets[1:])
        is_missing = np.fromiter((text is None for text in texts), np.bool_, len(present))
        return cls(codes, offsets, is_missing)

    @classmethod
    def from_arrow(cls, texts: pa.Array | pa.ChunkedArray) -> TextBatch:
        """Make a batch from an Arrow column, without Python strings.

        Parameters
        ----------
        texts : pyarrow.Array or ChunkedArray
            Of type string, large_string, string_view, dictionary of these, or null. Slices are
            read in place.

        Returns
        -------
        TextBatch
            Invalid UTF-8, which Arrow does not rule out, becomes U+FFFD.

        Raises
        ------
        InputError
            If the column is of another type.
        """
        chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
        parts = [_decode_array(chunk) for chunk in chunks]
        if len(parts) == 1:
            return cls(*parts[0])
        offsets, n_codes = [np.zeros(1, np.int64)], 0
        for codes, part_offsets, _ in parts:
            offsets.append(part_offsets[1:] + n_codes)
            n_codes += codes.size
        return cls(
            np.concatenate([np.empty(0, np.uint32), *(codes for codes, _, _ in parts)]),
            np.concatenate(offsets),
            np.concatenate([np.empty(0, np.bool_), *(missing for _, _, missing in parts)]),
        )

    def to_arrow(self) -> pa.StringArray | pa.LargeStringArray:
        """Encode the batch as an Arrow column.

        Returns
        -------
        pyarrow.StringArray, or LargeStringArray from 2 GB of UTF-8 on
            Missing texts are null. A lone surrogate, which UTF-8 cannot hold, becomes U+FFFD.
        """
        byte_offsets = _count_bytes(self.codes, self.offsets)
        data = _encode_utf8(self.codes, int(byte_offsets[-1]))
        is_large = byte_offsets[-1] > _MAX_INT32
        array_type = pa.LargeStringArray if is_large else pa.StringArray
        validity = None
        if self.is_missing.any():
            validity = pa.py_buffer(np.packbits(~self.is_missing, bitorder="little"))
        return array_type.from_buffers(
            len(self),
            pa.py_buffer(byte_offsets if is_large else byte_offsets.astype(np.int32)),
            pa.py_buffer(data),
            validity,
        )

    def text(self, i: int) -> str:
        """Return text i as a Python string; the empty string where it is missing.

        Parameters
        ----------
        i : int
            From 0 to ``len(self) - 1``.

        Returns
        -------
        str

        Raises
        ------
        IndexError
            If there is no text i.
        """
        if not 0 <= i < len(self):
            raise IndexError(f"text {i} of a batch of {len(self)} texts")
        codes = self.codes[self.offsets[i] : self.offsets[i + 1]]
        return decode_codes(codes)

    def slice(self, start: int, stop: int) -> TextBatch:
        """Return texts `start` to `stop` (left out) without copying their code points.

        Parameters
        ----------
        start, stop : int
            ``0 <= start <= stop <= len(self)``.

        Returns
        -------
        TextBatch

        Raises
        ------
        IndexError
            If the range is not inside the batch.
        """
        if not 0 <= start <= stop <= len(self):
            raise IndexError(f"texts {start} to {stop} of a batch of {len(self)} texts")
        first, last = self.offsets[start], self.offsets[stop]
        return TextBatch(
            self.codes[first:last],
            self.offsets[start : stop + 1] - first,
            self.is_missing[start:stop],
        )

    def spans(self, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> TextBatch:
        """Return stretches of the texts as a batch of their own.

        Parameters
        ----------
        starts, ends : ndarray of int64, shape (n_spans,)
            Half-open ranges of positions in `codes`.

        Returns
        -------
        TextBatch
            n_spans texts, none missing.

        Examples
        --------
        >>> import numpy as np
        >>> batch = TextBatch.from_strings(["味道好，服务差"])
        >>> batch.spans(np.array([4, 0]), np.array([7, 3])).to_arrow().to_pylist()
        ['服务差', '味道好']
        """
        offsets = np.zeros(starts.size + 1, np.int64)
        np.cumsum(ends - starts, out=offsets[1:])
        return TextBatch(
            _gather(self.codes, starts, offsets), offsets, np.zeros(starts.size, np.bool_)
        )


def decode_codes(codes: npt.NDArray[np.uint32]) -> str:
    """Turn code points into a Python string; lone surrogates stay as they are.

    Parameters
    ----------
    codes : ndarray of uint32, shape (n_chars,)

    Returns
    -------
    str

    Examples
    --------
    >>> import numpy as np
    >>> decode_codes(np.array([0x597D, 0x1F44D], np.uint32))
    '好👍'
    """
    return codes.astype("<u4", copy=False).tobytes().decode("utf-32-le", "surrogatepass")


_Parts = tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64], npt.NDArray[np.bool_]]


def _decode_array(array: pa.Array) -> _Parts:
    """Decode one Arrow array of any string type to codes, offsets and is_missing."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_null(array.type) or pa.types.is_string_view(array.type):
        array = array.cast(pa.large_string())
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        raise InputError(
            f"the text column has type {array.type}, expected string, large_string, string_view or "
            "a dictionary of strings: cast it to string, or name another column"
        )
    _, offset_buffer, data_buffer = array.buffers()
    width = np.int32 if pa.types.is_string(array.type) else np.int64
    bounds = np.zeros(1, np.int64)
    if offset_buffer is not None and offset_buffer.size:
        raw = np.frombuffer(offset_buffer, width)
        bounds = raw[array.offset : array.offset + len(array) + 1].astype(np.int64)
    data = np.frombuffer(data_buffer or b"", np.uint8)
    is_missing = array.is_null().to_numpy(zero_copy_only=False)
    offsets = _count_codes(data, bounds, is_missing)
    codes = np.empty(offsets[-1], np.uint32)
    if not _decode_utf8(data, bounds, is_missing, codes):
        return _decode_damaged(data, bounds, is_missing)
    return codes, offsets, is_missing


def _decode_damaged(
    data: npt.NDArray[np.uint8], bounds: npt.NDArray[np.int64], is_missing: npt.NDArray[np.bool_]
) -> _Parts:
    """Decode an array with invalid UTF-8 somewhere as Python does, with U+FFFD for it."""
    texts = [
        None if missing else data[first:last].tobytes().decode("utf-8", "replace")
        for first, last, missing in zip(bounds[:-1], bounds[1:], is_missing, strict=True)
    ]
    batch = TextBatch.from_strings(texts)
    return batch.codes, batch.offsets, batch.is_missing


@njit(cache=True, nogil=True)
def _count_codes(
    data: npt.NDArray[np.uint8], bounds: npt.NDArray[np.int64], is_missing: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """Count the code points before each document: bytes that continue no other."""
    offsets = np.zeros(is_missing.size + 1, np.int64)
    for document in range(is_missing.size):
        count = 0
        if not is_missing[document]:
            for i in range(bounds[document], bounds[document + 1]):
                count += (data[i] & 0xC0) != 0x80
        offsets[document + 1] = offsets[document] + count
    return offsets


@njit(cache=True, nogil=True)
def _decode_utf8(
    data: npt.NDArray[np.uint8],
    bounds: npt.NDArray[np.int64],
    is_missing: npt.NDArray[np.bool_],
    codes: npt.NDArray[np.uint32],
) -> bool:
    """Decode every document one behind the other; stop and return False at invalid UTF-8."""
    k = 0
    for document in range(is_missing.size):
        i, last = bounds[document], bounds[document + 1]
        if is_missing[document]:  # Arrow allows bytes under a null
            last = i
        while i < last:
            byte = np.uint32(data[i])
            if byte < 0x80:
                code, length, lowest = byte, 1, np.uint32(0)
            elif byte & 0xF0 == 0xE0:  # most of Chinese text
                code, length, lowest = byte & 0x0F, 3, np.uint32(0x800)
            elif byte & 0xE0 == 0xC0:
                code, length, lowest = byte & 0x1F, 2, np.uint32(0x80)
            elif byte & 0xF8 == 0xF0:
                code, length, lowest = byte & 0x07, 4, np.uint32(0x10000)
            else:
                return False
            if i + length > last:
                return False
            for j in range(i + 1, i + length):
                if data[j] & 0xC0 != 0x80:
                    return False
                code = (code << np.uint32(6)) | np.uint32(data[j] & 0x3F)
            if code < lowest or code > 0x10FFFF or 0xD800 <= code < 0xE000:
                return False
            codes[k] = code
            k += 1
            i += length
    return True


@njit(cache=True, nogil=True)
def _gather(
    codes: npt.NDArray[np.uint32], starts: npt.NDArray[np.int64], offsets: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint32]:
    """Copy the stretches that begin at `starts` one behind the other."""
    gathered = np.empty(offsets[-1], np.uint32)
    for span in range(starts.size):
        shift = starts[span] - offsets[span]
        for k in range(offsets[span], offsets[span + 1]):
            gathered[k] = codes[k + shift]
    return gathered


@njit(cache=True, nogil=True)
def _count_bytes(
    codes: npt.NDArray[np.uint32], offsets: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Count the UTF-8 bytes before each document."""
    bounds = np.zeros(offsets.size, np.int64)
    for document in range(offsets.size - 1):
        count = 0
        for i in range(offsets[document], offsets[document + 1]):
            code = codes[i]
            count += 1 + (code >= 0x80) + (code >= 0x800) + (code >= 0x10000)
        bounds[document + 1] = bounds[document] + count
    return bounds


@njit(cache=True, nogil=True)
def _encode_utf8(codes: npt.NDArray[np.uint32], n_bytes: int) -> npt.NDArray[np.uint8]:
    """Encode code points as UTF-8."""
    data = np.empty(n_bytes, np.uint8)
    k = 0
    for i in range(codes.size):
        code = codes[i]
        if 0xD800 <= code < 0xE000:
            code = np.uint32(_REPLACEMENT)
        if code < 0x80:
            data[k] = code
            k += 1
            continue
        if code < 0x800:
            data[k] = 0xC0 | (code >> 6)
            k += 1
        else:
            if code < 0x10000:
                data[k] = 0xE0 | (code >> 12)
                k += 1
            else:
                data[k] = 0xF0 | (code >> 18)
                data[k + 1] = 0x80 | ((code >> 12) & 0x3F)
                k += 2
            data[k] = 0x80 | ((code >> 6) & 0x3F)
            k += 1
        data[k] = 0x80 | (code & 0x3F)
        k += 1
    return data
