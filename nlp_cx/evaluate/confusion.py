"""What is taken for what: labels against predictions, as counts."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from nlp_cx.evaluate.figures import judge_sentiment
from nlp_cx.schema import POLARITIES, SENTIMENTS
from nlp_cx.taxonomy import load_taxonomy

SENTIMENT_ORDER = (*SENTIMENTS, "mixed", "not scored")
DRIVER_ORDER = ("not_mentioned", *POLARITIES, "mentioned")
LOYALTY_ORDER = ("none", "negative", "positive")


def count_confusions(
    name: str, frame: pd.DataFrame, predicted: pd.DataFrame
) -> list[dict[str, Any]]:
    """Count labels against predictions for every output of a set, per language.

    Parameters
    ----------
    name : str
        Of the set.
    frame : DataFrame, one row per text
        Labels; missing ones count nowhere.
    predicted : DataFrame, one row per text in the order of `frame`

    Returns
    -------
    list of dict
        ``set, lang, output, label, predicted, n``, only where `n` is not 0. Sentiment is judged
        among the classes that the set has; ``mixed`` is a label of its own here.

    Examples
    --------
    >>> frame = pd.DataFrame({"lang": ["en"] * 2, "sentiment": ["neutral", "mixed"]})
    >>> found = pd.DataFrame({"sentiment": ["positive", "positive"]})
    >>> [(row["label"], row["predicted"], row["n"]) for row in count_confusions("x", frame, found)]
    [('neutral', 'positive', 1), ('mixed', 'positive', 1)]
    """
    rows: list[dict[str, Any]] = []
    outputs = {"sentiment": SENTIMENT_ORDER, **dict.fromkeys(load_taxonomy().ids, DRIVER_ORDER)}
    outputs["loyalty"] = LOYALTY_ORDER
    for output, order in outputs.items():
        if output not in predicted or output not in frame or not frame[output].notna().any():
            continue
        if output == "sentiment":
            guess = pd.Series(judge_sentiment(frame["sentiment"], predicted), dtype=object)
            guess = guess.where(guess != "", "not scored")
        else:
            guess = predicted[output].astype(object).reset_index(drop=True)
            guess = guess.where(guess.notna(), order[0])
        table = pd.DataFrame(
            {
                "lang": frame["lang"].to_numpy(object),
                "label": frame[output].to_numpy(object),
                "predicted": guess.to_numpy(object),
            }
        ).dropna()
        counts = Counter(table.itertuples(index=False, name=None))
        for lang in sorted({key[0] for key in counts}):
            for label in order:
                for found in order:
                    n = counts[lang, label, found]
                    if n:
                        head = {"set": name, "lang": lang, "output": output}
                        rows.append(head | {"label": label, "predicted": found, "n": n})
    return rows
