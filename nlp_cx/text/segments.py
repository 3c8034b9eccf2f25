"""Clauses and words of texts as one table."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from nlp_cx.schema import CLAUSES, LABEL
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.clauses import find_clauses
from nlp_cx.text.language import detect_languages
from nlp_cx.text.words import WordSpec, load_segmenter

_CLAUSE, _WORD = 0, 1  # index into the values of CLAUSES.kind


def segment_texts(batch: TextBatch, spec: WordSpec | None = None) -> pa.Table:
    """Cut texts into clauses and these into words.

    Parameters
    ----------
    batch : TextBatch
        n texts.
    spec : WordSpec, optional
        How words are cut.

    Returns
    -------
    Table, one row per clause, followed by one per word of it
        See ``schema.CLAUSES``; ``doc_id`` is the position of the text from 0. A word that crosses
        the border of clauses (a kept user word) belongs to the first that it touches.

    Examples
    --------
    >>> table = segment_texts(TextBatch.from_strings(["味道好，服务差"]))
    >>> table.column("text").to_pylist()
    ['味道好', '味道', '好', '服务差', '服务', '差']
    """
    clauses = find_clauses(batch.codes, batch.offsets)
    languages = detect_languages(batch.codes, clauses.start, clauses.end)
    segmenter = load_segmenter(spec)
    first = np.searchsorted(clauses.document, np.arange(len(batch) + 1))
    rows: list[tuple[int, int, int, int, int, str, int]] = []
    for i in np.flatnonzero(np.diff(first)).tolist():
        text, offset = batch.text(i), int(batch.offsets[i])
        words = segmenter.words(text)
        w = 0
        for index, c in enumerate(range(first[i], first[i + 1])):
            start, end = int(clauses.start[c]) - offset, int(clauses.end[c]) - offset
            lang = int(languages[c])
            rows.append((i, index, _CLAUSE, start, end, text[start:end], lang))
            while w < len(words) and words[w].end <= start:
                w += 1
            while w < len(words) and words[w].start < end:
                word = words[w]
                rows.append((i, index, _WORD, word.start, word.end, word.text, lang))
                w += 1
    values = zip(*rows, strict=True) if rows else [()] * len(CLAUSES.columns)
    arrays = [
        pa.DictionaryArray.from_arrays(pa.array(cells, pa.int8()), pa.array(column.values))
        if column.type == LABEL
        else pa.array(cells, column.type or pa.int64())
        for column, cells in zip(CLAUSES.columns, values, strict=True)
    ]
    return pa.Table.from_arrays(arrays, names=list(CLAUSES.names))
