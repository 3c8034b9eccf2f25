"""Scored tables by hand: what is not named is a text that mentions nothing."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nlp_cx.taxonomy import load_taxonomy

DRIVERS = load_taxonomy().ids


def scored_rows(*rows: dict[str, object]) -> pd.DataFrame:
    """Give a scored table; ``score`` is short for the sentiment score, None means nothing scored.

    A driver may be given as ``price="negative"`` or ``price=("negative", -0.8)``.
    """
    full = []
    for i, row in enumerate(rows):
        cells: dict[str, object] = {"doc_id": i, "interaction_id": "A"}
        cells |= dict.fromkeys(DRIVERS) | {f"{driver}_score": None for driver in DRIVERS}
        cells |= {"loyalty": None, "mixed": False, "sentiment_score": row.get("score", 0.5)}
        for name, value in row.items():
            if name in DRIVERS and isinstance(value, tuple):
                cells[name], cells[f"{name}_score"] = value
            elif name != "score":
                cells[name] = value
        full.append(cells)
    frame = pd.DataFrame(full)
    scores = ["sentiment_score", *(f"{driver}_score" for driver in DRIVERS)]
    frame[scores] = frame[scores].astype("float32")
    labels = [*DRIVERS, "loyalty"]
    frame[labels] = frame[labels].astype("string")
    return frame


@pytest.fixture(scope="session")
def make_scored() -> Callable[..., pd.DataFrame]:
    """Give the function that makes scored tables."""
    return scored_rows
