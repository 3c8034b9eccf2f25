"""Mask personal information in the columns of a table that are carried through."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa

from nlp_cx.read.columns import ColumnRoles, is_text
from nlp_cx.read.role_names import is_role_word
from nlp_cx.text.privacy import mask_text
from nlp_cx.text.privacy_columns import count_pii, mask_column, mask_whole
from nlp_cx.text.privacy_names import may_hold_names

Counts = dict[str, dict[str, int]]
"""Pieces of personal information by column and kind; only columns that hold some."""


class MaskedTable(NamedTuple):
    """A batch whose columns can be given out.

    Parameters
    ----------
    batch : RecordBatch, shape (n_rows, …)
    n_masked : dict of str to dict
        What was masked.
    n_left : dict of str to dict
        What looks personal and stays: in keys, by which tables are joined, and in numbers.
    """

    batch: pa.RecordBatch
    n_masked: Counts
    n_left: Counts


def mask_table(
    batch: pa.RecordBatch, roles: ColumnRoles, *, carries_columns: bool = True
) -> MaskedTable:
    """Mask the personal information in all columns but the text and the keys.

    Parameters
    ----------
    batch : RecordBatch, shape (n_rows, …)
    roles : ColumnRoles
        The text is left to the caller, who scores what is masked; id and interaction are keys.
    carries_columns : bool, default=True
        False where the columns are not given out: only keys are looked at.

    Returns
    -------
    MaskedTable
        Types stay, but numbers in a column with a personal name (``phone``) become strings. Of
        speakers, all that is no word for a role is masked.

    Examples
    --------
    >>> batch = pa.record_batch({"text": ["好"], "order": ["13800138000"], "title": ["找王先生"]})
    >>> masked = mask_table(batch, ColumnRoles("text", interaction="order"))
    >>> masked.batch.to_pylist(), masked.n_left
    ([{'text': '好', 'order': '13800138000', 'title': '找*先生'}], {'order': {'mobile': 1}})
    """
    n_masked: Counts = {}
    n_left: Counts = {}
    fields, columns = list(batch.schema), list(batch.columns)
    for i, (field, column) in enumerate(zip(batch.schema, batch.columns, strict=True)):
        if field.name in (roles.id, roles.interaction):
            counts = count_pii(column)
            counts.pop("order_number", None)  # what a key is meant to be
            if counts:
                n_left[field.name] = counts
            continue
        if field.name == roles.text or not carries_columns:
            continue
        if field.name == roles.speaker and is_text(field.type):
            masked, counts = _mask_speakers(column)
        else:
            masked, counts = mask_column(column, field.name)
        if counts:
            n_masked[field.name] = counts
        elif found := count_pii(column) if not is_text(field.type) else {}:
            n_left[field.name] = found
        fields[i], columns[i] = field.with_type(masked.type), masked
    schema = pa.schema(fields, batch.schema.metadata)
    return MaskedTable(pa.RecordBatch.from_arrays(columns, schema=schema), n_masked, n_left)


def describe_names(schema: pa.Schema, roles: ColumnRoles) -> list[str]:
    """Say which columns may hold names that the rules do not know as such.

    Parameters
    ----------
    schema : Schema
    roles : ColumnRoles

    Returns
    -------
    list of str
        Sentences for the user.

    Examples
    --------
    >>> schema = pa.schema([("text", pa.string()), ("name", pa.string())])
    >>> describe_names(schema, ColumnRoles("text"))[0][:55]
    "Column 'name' may hold names of persons; only those wit"
    """
    parts = (roles.text, roles.id, roles.interaction, roles.speaker)
    return [
        f"Column {field.name!r} may hold names of persons; only those with a title (先生, Ms) are "
        "masked. Name it customer_name to have all of it masked, or leave it out."
        for field in schema
        if field.name not in parts and is_text(field.type) and may_hold_names(field.name)
    ]


def _mask_speakers(column: pa.Array) -> tuple[pa.Array, dict[str, int]]:
    """Mask whatever in a column of speakers is more than the word for a role."""
    kind = column.type
    encoded = column if pa.types.is_dictionary(kind) else column.cast(pa.large_string())
    encoded = encoded.dictionary_decode() if pa.types.is_dictionary(kind) else encoded
    encoded = encoded.cast(pa.string()).dictionary_encode()
    names: list[str | None] = []
    counts_of: list[dict[str, int]] = []
    for name in encoded.dictionary.to_pylist():
        if is_role_word(name):
            masked, spans = mask_text(name)
            names.append(masked)
            counts_of.append({span.kind: 1 for span in spans})
        else:
            whole, n = mask_whole(pa.array([name]))
            names.append(whole[0].as_py())
            counts_of.append({"name": n} if n else {})
    if not any(counts_of):
        return column, {}
    counts: dict[str, int] = {}
    for entry in encoded.indices.drop_null().value_counts().to_pylist():
        for found, n in counts_of[entry["values"]].items():
            counts[found] = counts.get(found, 0) + n * entry["counts"]
    plain = pa.array(names, pa.string()).take(encoded.indices)
    result = plain.dictionary_encode() if pa.types.is_dictionary(kind) else plain
    return result.cast(kind), counts
