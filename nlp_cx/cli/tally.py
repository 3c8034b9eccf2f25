"""What a run has scored so far, counted batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from nlp_cx.taxonomy import load_taxonomy

MISSING = "(missing)"
"""Key of the nulls of a column."""

PersonalCounts = Mapping[str, Mapping[str, int]]


@dataclass(slots=True)
class Tally:
    """Counts over scored batches.

    Attributes
    ----------
    n_rows : int
    drivers : tuple of str
        Labels of the model.
    has_sentiment : bool
        Whether the model was taught sentiment.
    words : dict of str to Counter
        Per label column, how often each word occurs; nulls under `MISSING`.
    n_mixed : int
        Texts with real praise and real criticism.
    n_masked, n_left : dict of str to Counter
        Personal data by column and kind: masked, and left in keys and numbers.
    """

    n_rows: int = 0
    drivers: tuple[str, ...] = field(default_factory=lambda: load_taxonomy().ids)
    has_sentiment: bool = True
    words: dict[str, Counter[str]] = field(default_factory=dict)
    n_mixed: int = 0
    n_masked: dict[str, Counter[str]] = field(default_factory=dict)
    n_left: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, scored: pa.RecordBatch) -> None:
        """Count one batch.

        Parameters
        ----------
        scored : pyarrow.RecordBatch
            With the label columns of the scored table; ``mixed`` may be there.

        Examples
        --------
        >>> label = pa.dictionary(pa.int8(), pa.string())
        >>> tally = Tally()
        >>> tally.add(pa.record_batch({"price": pa.array(["negative", None]).cast(label)}))
        >>> tally.n_rows, dict(tally.words["price"])
        (2, {'negative': 1, '(missing)': 1})
        """
        self.n_rows += scored.num_rows
        for name in ("lang", "sentiment", "loyalty", "speaker", "model", *self.drivers):
            index = scored.schema.get_field_index(name)
            if index >= 0:
                counts = pc.value_counts(scored.column(index)).to_pylist()
                self.words.setdefault(name, Counter()).update(
                    {MISSING if c["values"] is None else c["values"]: c["counts"] for c in counts}
                )
        index = scored.schema.get_field_index("mixed")
        if index >= 0:
            self.n_mixed += pc.sum(scored.column(index)).as_py() or 0

    def add_personal(self, n_masked: PersonalCounts, n_left: PersonalCounts) -> None:
        """Count the personal data of one batch.

        Parameters
        ----------
        n_masked, n_left : mapping of str to mapping of str to int
            Pieces by column and kind, as in `nlp_cx.pipeline.ScoredBatch`.
        """
        for counts, found in ((self.n_masked, n_masked), (self.n_left, n_left)):
            for column, kinds in found.items():
                counts.setdefault(column, Counter()).update(kinds)

    def count(self, column: str, word: str) -> int:
        """Say how often a word occurs in a column."""
        return self.words.get(column, Counter())[word]

    def shares(self, column: str) -> list[tuple[str, int, float]]:
        """List the words of a column with count and share of all that are not missing.

        Returns
        -------
        list of (str, int, float)
            Most frequent first, words of equal count by name; shares 0 to 1.
        """
        counts = {w: n for w, n in self.words.get(column, Counter()).items() if w != MISSING}
        total = sum(counts.values())
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return [(word, n, n / total) for word, n in ordered]
