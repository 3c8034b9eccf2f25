"""How terms are written: one key for all writings of a word, shown in the most frequent one."""

from __future__ import annotations

from collections import Counter

from nlp_cx.analyze.terms.clause_words import ClauseWords


class Surfaces:
    """The writings of words that were met.

    Notes
    -----
    Words are folded (traditional to simplified, lower case). English plurals in -s are one with
    their singular where both are met: towel, towels; not a dress, news.

    Examples
    --------
    >>> from nlp_cx.text.words import Word
    >>> surfaces = Surfaces()
    >>> word = Word(0, 2, "態度", "zh")
    >>> surfaces.add(ClauseWords([word], ["态度"]), 2)
    >>> surfaces.write("态度")
    '態度'
    """

    def __init__(self) -> None:
        self._forms: dict[str, Counter[str]] = {}
        self._counts: Counter[str] = Counter()

    def add(self, clause: ClauseWords, n: int) -> None:
        """Count the words of a clause that is there n times."""
        for word, text in zip(clause.words, clause.texts, strict=True):
            self._counts[text] += n
            if word.text != text and not text.isascii():
                self._forms.setdefault(text, Counter())[word.text] += n

    def key(self, aspect: str) -> str:
        """Give the key of an aspect: its singular where that is met too."""
        head, _, last = aspect.rpartition(" ")
        is_plural = len(last) > 3 and last.isascii() and last.endswith("s") and last[-2] not in "su"
        if is_plural and self._counts[last[:-1]] > 0:
            last = last[:-1]
        return f"{head} {last}".strip()

    def write(self, key: str) -> str:
        """Give the most frequent writing of a key."""
        head, _, last = key.rpartition(" ")
        if last.isascii() and last and self._counts[last + "s"] > self._counts[last]:
            return f"{head} {last}s".strip()
        forms = self._forms.get(key)
        if not forms:
            return key
        form, n = max(forms.items(), key=lambda item: (item[1], item[0]))
        return form if 2 * n > self._counts[key] else key

    def join(self, words: tuple[str, ...]) -> str:
        """Write the words of an opinion as one."""
        written = [self.write(word) if not word.isascii() else word for word in words]
        return (" " if all(word.isascii() for word in words) else "").join(written)
