"""One reader per shape of data set: a raw row in, its labels in the terms of this project out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nlp_cx.taxonomy import load_taxonomy
from nlp_cx.train.datasets import Dataset

Row = Mapping[str, Any]
Labels = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a reader knows of the aspects of one data set.

    Parameters
    ----------
    categories : dict of str to str
        Aspect category to driver; ``""`` where none fits.
    terms : dict of str to tuple of str
        Driver (or ``unclear``) to words that show it inside an open aspect term, in the order
        in which they are tried.
    """

    categories: Mapping[str, str]
    terms: Mapping[str, tuple[str, ...]]

    @property
    def drivers(self) -> frozenset[str]:
        """Drivers that some category is mapped to."""
        return frozenset(self.categories.values()) - {""}


def read_polarity(row: Row, dataset: Dataset, inventory: Inventory) -> Labels | None:
    """Read a text with one polarity; drivers stay unknown."""
    label = dataset.polarity.get(row["label"], row["label"])
    return {"sentiment": label} if label in ("negative", "neutral", "positive") else None


def read_stars(row: Row, dataset: Dataset, inventory: Inventory) -> Labels | None:
    """Read a text with stars: up to 2 is negative, from 4 positive, between them not known."""
    stars = row.get("rating")
    if stars is None:
        stars = row.get("overall")
    if stars is None or not 1 <= stars <= 5:
        return None
    sentiment = "negative" if stars <= 2 else "positive" if stars >= 4 else None
    return {"sentiment": sentiment, "rating": float(stars)}


def read_aspects(row: Row, dataset: Dataset, inventory: Inventory) -> Labels | None:
    """Read a text whose aspects were labelled with categories of a closed inventory."""
    named = [(label["category"], label) for label in row["labels"]]
    return _read_labels(named, row, dataset, inventory)


def read_themes(row: Row, dataset: Dataset, inventory: Inventory) -> Labels | None:
    """Read a text whose opinions name free themes that the driver mapping lists."""
    if not row["labels"]:
        return None  # such rows hold opinions all the same
    named = [(label["term"] or "", label) for label in row["labels"]]
    return _read_labels(named, row, dataset, inventory)


def read_terms(row: Row, dataset: Dataset, inventory: Inventory) -> Labels | None:
    """Read a text with open aspect terms: they show some drivers and rule none out."""
    terms = row.get("terms") or row["labels"]
    if not terms:
        return None
    labels: Labels = {}
    found: dict[str, list[str]] = {}
    for label in terms:
        driver = driver_of_term(label["term"], inventory.terms)
        if driver:
            found.setdefault(driver, []).append(label["polarity"])
    for driver, polarities in found.items():
        labels[driver] = combine(polarities, dataset.neutral)
    labels["sentiment"] = agree([label["polarity"] for label in terms], dataset.neutral)
    return labels


READERS: dict[str, Callable[[Row, Dataset, Inventory], Labels | None]] = {
    "polarity": read_polarity,
    "stars": read_stars,
    "aspects": read_aspects,
    "themes": read_themes,
    "terms": read_terms,
}


def driver_of_term(term: str | None, words: Mapping[str, tuple[str, ...]]) -> str:
    """Name the driver that an open aspect term speaks of.

    Parameters
    ----------
    term : str or None
        None and ``""``: an implicit aspect.
    words : dict of driver to tuple of str
        Tried in order; ``unclear`` gives no driver.

    Returns
    -------
    str
        ``product`` when no word is found in the term, ``""`` when it is unclear or implicit.

    Examples
    --------
    >>> driver_of_term("服务员态度", {"price": ("价",), "service": ("服务",)})
    'service'
    """
    if not term or term == "NULL":
        return ""
    term = term.lower()
    for driver, clues in words.items():
        if any(clue in term for clue in clues):
            return "" if driver == "unclear" else driver
    return "product"


def combine(polarities: Iterable[str | None], neutral: str = "keep") -> str | None:
    """Join the polarities of several aspects of one driver into one value.

    Parameters
    ----------
    polarities : iterable of str or None
        ``positive, negative, neutral, conflict``, or None where the polarity is not known.
    neutral : {'keep', 'mask'}
        What a neutral label counts as: itself, or nothing.

    Returns
    -------
    str or None
        Praise and criticism give ``mixed``; either of them outweighs ``neutral``; ``mentioned``
        when no polarity is known; None when only masked neutral labels are there.

    Examples
    --------
    >>> combine(["positive", "neutral"]), combine(["positive", "negative"]), combine([None])
    ('positive', 'mixed', 'mentioned')
    """
    seen = set(polarities)
    if neutral == "mask":
        seen.discard("neutral")
    if "conflict" in seen or {"positive", "negative"} <= seen:
        return "mixed"
    for value in ("positive", "negative", "neutral"):
        if value in seen:
            return value
    return "mentioned" if None in seen else None


def agree(polarities: Iterable[str | None], neutral: str = "keep") -> str | None:
    """Give the sentiment of a text when the polarities of its aspects agree.

    Parameters
    ----------
    polarities : iterable of str or None
    neutral : {'keep', 'mask'}
        As in `combine`.

    Returns
    -------
    str or None
        ``mixed`` when praise and criticism are equally many; None when they are not, when
        neutral stands beside another polarity, or when no polarity is known.

    Examples
    --------
    >>> agree(["positive", "positive"]), agree(["positive", "negative"]), agree(["positive", "neutral"])
    ('positive', 'mixed', None)
    """
    known = [p for p in polarities if p is not None and not (p == "neutral" and neutral == "mask")]
    seen = set(known)
    if len(seen) == 1:
        return "mixed" if "conflict" in seen else known[0]
    if seen == {"positive", "negative"} and 2 * known.count("positive") == len(known):
        return "mixed"
    return None


def _read_labels(
    named: list[tuple[str, Row]], row: Row, dataset: Dataset, inventory: Inventory
) -> Labels | None:
    """Turn (category, label) pairs into driver values, absence and sentiment."""
    if dataset.skip_unlabelled and not named:
        return None
    labels: Labels = {}
    found: dict[str, list[str | None]] = {}
    has_unmapped = False
    outcomes = (dataset.sentiment_category, dataset.loyalty_category)
    for category, label in named:
        if category in outcomes:
            continue
        driver = inventory.categories.get(category, "")
        if category in dataset.needs_term and not label["term"]:
            driver = ""
        if driver:
            found.setdefault(driver, []).append(label["polarity"])
        else:
            has_unmapped = True
    masked = set(dataset.partial)
    if has_unmapped:
        masked.update(dataset.unmapped_masks)
    if dataset.is_exhaustive:
        for driver in inventory.drivers - masked if "all" not in masked else ():
            labels[driver] = "not_mentioned"
    for driver, polarities in found.items():
        labels[driver] = combine(polarities, dataset.neutral)
    if dataset.sentiment_category:
        whole = {category: label["polarity"] for category, label in named if category in outcomes}
        labels["sentiment"] = whole.get(dataset.sentiment_category)
        loyalty = whole.get(dataset.loyalty_category)
        labels["loyalty"] = loyalty if loyalty in ("positive", "negative") else None
    else:
        labels["sentiment"] = agree([label["polarity"] for _, label in named], dataset.neutral)
    if "rating" in row:
        labels["rating"] = float(row["rating"])
    return labels


def read_gold(row: Row) -> Labels:
    """Read a text of the gold set or a written one: every driver was considered."""
    drivers = row["drivers"]
    labels: Labels = {d: drivers.get(d, "not_mentioned") for d in load_taxonomy().ids}
    labels["sentiment"] = row["sentiment"]
    labels["loyalty"] = row["loyalty"] or "none"
    return labels
