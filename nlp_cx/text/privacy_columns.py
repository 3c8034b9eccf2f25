"""Mask personal information in a column of a table, whatever its type."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from nlp_cx.text.batch import TextBatch
from nlp_cx.text.privacy import MASK, PII_KINDS, mask_batch
from nlp_cx.text.privacy_names import personal_kind
from nlp_cx.text.privacy_numbers import find_idle_numbers
from nlp_cx.text.privacy_raw import mask_raw

_DATE = (
    r"(?:\d{2,4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})"
    r"(?:[ T]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[AaPp][Mm])?)?"
    r"(?: ?(?:Z|UTC|GMT|[+\-]\d{2}:?\d{2}))?"
)
_HEXADECIMAL = (
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{20,}"  # UUID, hash
)
_MACHINE = rf"^\s*(?:{_DATE}|{_HEXADECIMAL}|[2-9]\d{{9}})\s*$"
"""Cells that programs write: they hold runs of digits which would be telephones in a sentence."""

_CODE = r"^\s*(?:\{\s*\"|\[\s*[\[{\"])"
_HAS_DATA = r"[\pL\pN]"
_LARGEST = 1e18


class MaskedColumn(NamedTuple):
    """A column without personal information, and how much there was.

    Parameters
    ----------
    column : Array, shape (n_rows,)
        Of the same type. Only numbers in a column with a personal name become strings.
    n_masked : dict of str to int
        Pieces of personal information by kind, in the order of `PII_KINDS`; kinds that occur.
    """

    column: pa.Array
    n_masked: dict[str, int]


def mask_column(column: pa.Array, name: str = "") -> MaskedColumn:
    """Mask the personal information in one column.

    Parameters
    ----------
    column : Array, shape (n_rows,)
        Of any type; strings inside of lists, structs and maps are masked as well.
    name : str
        Its name: whole cells of columns such as 姓名, phone or shipping_address are masked.

    Returns
    -------
    MaskedColumn
        Missing cells stay missing, every cell keeps its length, and masking again changes nothing.

    Notes
    -----
    Cells that are as a whole a date, a UUID or a hash, or ten bare digits are left alone unless the
    name of the column says otherwise: as cells these are times and keys, not telephones. All else
    is found by the rules of `mask_text`. Numbers are not masked without a personal name; see
    `count_pii`.

    Examples
    --------
    >>> cells = pa.array(["请致电 13800138000", None, "2024-05-01 10:02:03"])
    >>> masked = mask_column(cells, "备注")
    >>> masked.column.to_pylist(), masked.n_masked
    (['请致电 ***********', None, '2024-05-01 10:02:03'], {'mobile': 1})
    >>> mask_column(pa.array(["王小明", "-"]), "客户姓名").column.to_pylist()
    ['***', '-']
    """
    kind = personal_kind(name)
    if _is_string(column.type):
        return _mask_strings(column, kind)
    if pa.types.is_nested(column.type):
        return _mask_nested(column, kind)
    if kind and (pa.types.is_integer(column.type) or _is_fraction(column.type)):
        return _mask_strings(_write_numbers(column), kind)
    return MaskedColumn(column, {})


def count_pii(column: pa.Array) -> dict[str, int]:
    """Count what looks like personal information in a column that is not to be changed.

    Parameters
    ----------
    column : Array, shape (n_rows,)
        Strings, or whole numbers (as floats too); nothing is found in other types.

    Returns
    -------
    dict of str to int
        As ``MaskedColumn.n_masked``.

    Examples
    --------
    >>> count_pii(pa.array([13800138000, 17, None]))
    {'mobile': 1}
    """
    if _is_string(column.type):
        return _mask_strings(column, None).n_masked
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return {}
    values = column.drop_null()
    if pa.types.is_floating(values.type):
        is_whole = pc.and_(pc.equal(pc.floor(values), values), pc.less(values, _LARGEST))
        values = values.filter(is_whole)
        values = values.filter(pc.greater(values, 0)).cast(pa.int64())
    values = values.filter(pc.greater_equal(values, 10**10)) if _is_wide(values.type) else None
    if values is None or not len(values):
        return {}
    return _mask_strings(values.cast(pa.string()), None).n_masked


def mask_whole(strings: pa.Array) -> tuple[pa.Array, int]:
    """Mask whole cells.

    Parameters
    ----------
    strings : StringArray or LargeStringArray, shape (n_rows,)

    Returns
    -------
    masked : Array, as `strings`
        Cells without letters and digits (``-``, blanks) stay.
    n_masked : int

    Examples
    --------
    >>> mask_whole(pa.array(["王小明", "", None, "--"]))[1]
    1
    """
    has_data = pc.match_substring_regex(strings, _HAS_DATA)
    masked = pc.replace_substring_regex(strings, r"(?s).", MASK)
    return pc.if_else(has_data, masked, strings), pc.sum(has_data).as_py() or 0


def _mask_strings(column: pa.Array, kind: str | None) -> MaskedColumn:
    """Mask a column of strings of any Arrow type."""
    is_encoded = pa.types.is_dictionary(column.type)
    if is_encoded and kind is None and not _mask_plain(column.dictionary, None).n_masked:
        return MaskedColumn(column, {})
    plain = column.dictionary_decode() if is_encoded else column
    masked = _mask_plain(plain, kind)
    if not masked.n_masked:
        return MaskedColumn(column, {})
    result = masked.column
    if is_encoded:  # masked values may have become equal: they are gathered anew
        result = result.dictionary_encode()
    return MaskedColumn(result.cast(column.type), masked.n_masked)


def _mask_plain(column: pa.Array, kind: str | None) -> MaskedColumn:
    """Mask a column of plain strings."""
    if pa.types.is_string_view(column.type):
        column = column.cast(pa.large_string())
    if kind is not None:
        masked, n = mask_whole(column)
        return MaskedColumn(masked, {kind: n} if n else {})
    column, n_coded = _mask_code(column)
    texts = TextBatch.from_arrow(column)
    skip = find_idle_numbers(texts.codes, texts.offsets)
    if not skip.all():
        is_machine = pc.match_substring_regex(column, _MACHINE).fill_null(True)
        skip |= is_machine.to_numpy(zero_copy_only=False)
    masked, counts = mask_batch(texts, skip=skip)
    if n_coded:
        counts = {k: n for k in PII_KINDS if (n := counts.get(k, 0) + n_coded[k])}
    return MaskedColumn(column if masked is texts else masked.to_arrow(), counts)


def _mask_code(column: pa.Array) -> tuple[pa.Array, Counter[str]]:
    """Mask the cells that are JSON text, in which names of fields speak and escapes hide."""
    n_masked: Counter[str] = Counter()
    is_code = pc.match_substring_regex(column, _CODE).fill_null(False)
    if not pc.any(is_code).as_py():
        return column, n_masked
    cells = []
    for cell in column.filter(is_code).to_pylist():
        masked, counts = mask_raw(cell)
        n_masked.update(counts)
        cells.append(masked)
    if not n_masked:
        return column, n_masked
    return pc.replace_with_mask(column, is_code, pa.array(cells, column.type)), n_masked


def _mask_nested(column: pa.Array, kind: str | None) -> MaskedColumn:
    """Mask the strings inside of lists, structs and maps."""
    if not _may_hold_pii(column, kind):
        return MaskedColumn(column, {})
    n_masked: Counter[str] = Counter()
    cells = [_mask_cell(cell, kind, n_masked) for cell in column.to_pylist()]
    counts = {kind: n_masked[kind] for kind in PII_KINDS if n_masked[kind]}
    return MaskedColumn(pa.array(cells, column.type) if counts else column, counts)


def _may_hold_pii(column: pa.Array, kind: str | None) -> bool:
    """Tell, without Python objects, whether any string inside of a column is to be masked."""
    if _is_string(column.type):
        return bool(_mask_strings(column, kind).n_masked)
    if pa.types.is_struct(column.type):
        parts = zip(column.type, column.flatten(), strict=True)
        return any(_may_hold_pii(part, personal_kind(field.name) or kind) for field, part in parts)
    if pa.types.is_map(column.type):
        return True  # its keys are names of fields
    if pa.types.is_nested(column.type) and hasattr(column, "flatten"):
        return _may_hold_pii(column.flatten(), kind)
    return False


def _mask_cell(cell: Any, kind: str | None, n_masked: Counter[str]) -> Any:
    """Mask one value with all that is inside of it."""
    if isinstance(cell, dict):
        return {
            name: _mask_cell(part, personal_kind(name) or kind, n_masked)
            for name, part in cell.items()
        }
    if isinstance(cell, tuple):  # an entry of a map
        name, part = cell
        inner = personal_kind(name) if isinstance(name, str) else None
        return _mask_cell(name, None, n_masked), _mask_cell(part, inner or kind, n_masked)
    if isinstance(cell, list):
        return [_mask_cell(part, kind, n_masked) for part in cell]
    if not isinstance(cell, str):
        return cell
    # As a column of one cell, so that nested and plain strings are told alike.
    masked = _mask_plain(pa.array([cell]), kind)
    n_masked.update(masked.n_masked)
    return masked.column[0].as_py()


def _write_numbers(column: pa.Array) -> pa.Array:
    """Write numbers as strings, whole ones without a point."""
    if pa.types.is_floating(column.type):
        is_whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), _LARGEST))
        whole = pc.if_else(is_whole, column, pa.scalar(None, column.type))
        written = whole.cast(pa.int64()).cast(pa.string())
        return pc.coalesce(written, column.cast(pa.string()))
    return column.cast(pa.string())


def _is_string(kind: pa.DataType) -> bool:
    """Tell whether a column of this type holds strings."""
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(
        pa.types.is_string(inner)
        or pa.types.is_large_string(inner)
        or pa.types.is_string_view(inner)
    )


def _is_fraction(kind: pa.DataType) -> bool:
    """Tell whether a column holds numbers with a fraction."""
    return bool(pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_wide(kind: pa.DataType) -> bool:
    """Tell whether whole numbers of this type can have eleven digits."""
    return bool(kind in (pa.int64(), pa.uint64()))
