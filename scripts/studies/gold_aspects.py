"""Labels that people gave to aspects, as driver labels like those of the model."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from study import join_drivers, tell_fit, to_markdown

from nlp_cx.analyze.drivers.importance import relative_importance
from nlp_cx.analyze.drivers.penalty_reward import penalty_reward
from nlp_cx.taxonomy import load_taxonomy

OVERALL = "others_overall_experience"
SCORES = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}


def read_mapping(data: Path, name: str) -> dict[str, str]:
    """Read which driver each aspect category of a data set belongs to; ``""`` for none."""
    folder = data / "data" if (data / "data").is_dir() else data
    with (folder / "driver_mapping.csv").open(encoding="utf-8", newline="") as file:
        return {r["aspect"]: r["driver"] for r in csv.DictReader(file) if r["dataset"] == name}


def label_drivers(
    reviews: pd.DataFrame, mapping: Mapping[str, str], *, keys: tuple[str, ...] = ("doc_id",)
) -> pd.DataFrame:
    """Turn lists of aspect labels into one column per driver.

    Parameters
    ----------
    reviews : DataFrame
        With ``labels``: lists of ``{"category", "polarity"}``.
    mapping : mapping of str to str
        As from `read_mapping`.
    keys : tuple of str
        Columns to keep.

    Returns
    -------
    DataFrame
        `keys`; per driver of the taxonomy that some category belongs to: negative, neutral,
        positive, mixed (praise and criticism), or missing (not mentioned).
    """
    found = [_combine(labels, mapping) for labels in reviews["labels"]]
    drivers = [d for d in load_taxonomy().ids if d in set(mapping.values())]
    columns = {
        d: pd.Series([row.get(d) for row in found], reviews.index, dtype=object) for d in drivers
    }
    return reviews[list(keys)].assign(**columns)


def read_overall(reviews: pd.DataFrame) -> pd.Series:
    """Give the label of the overall experience as -1, 0 or 1; missing where there is none."""
    return pd.Series(
        [
            next((SCORES[x["polarity"]] for x in labels if x["category"] == OVERALL), None)
            for labels in reviews["labels"]
        ],
        reviews.index,
        dtype="float64",
    )


def as_scored(gold: pd.DataFrame, scored: pd.DataFrame) -> pd.DataFrame:
    """Put people's driver labels in the place of the model's, so that they can be joined alike.

    Parameters
    ----------
    gold : DataFrame
        As from `label_drivers`, with all ``doc_id`` of `scored`.
    scored : DataFrame

    Returns
    -------
    DataFrame
        As `scored`; a driver without labels of people is not mentioned, and the score of a label is
        -1, 0 (neutral, mixed) or 1.
    """
    result = scored.copy()
    labels = gold.set_index("doc_id").reindex(scored["doc_id"]).reset_index(drop=True)
    for driver in load_taxonomy().ids:
        column = labels[driver] if driver in labels else pd.Series(None, labels.index, dtype=object)
        result[driver] = column.to_numpy(object)
        result[f"{driver}_score"] = column.map({**SCORES, "mixed": 0.0}).to_numpy("float64")
    return result


def compare_labels(
    tables: Mapping[str, pd.DataFrame], outcome: str, **model: object
) -> pd.DataFrame:
    """Give importance, penalty and reward by who gave the labels.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        O+X tables of the same reviews, by who labelled them.
    outcome : str
    **model
        Options that `relative_importance` and `penalty_reward` share.
    """
    found = [
        join_drivers(
            relative_importance(table, outcome, **model), penalty_reward(table, outcome, **model)
        ).assign(labels=who)
        for who, table in tables.items()
    ]
    return pd.concat(found, ignore_index=True)


def show_compared(compared: pd.DataFrame) -> str:
    """Write the table of `compare_labels`, drivers one after the other."""
    fits = [
        f"- labels of {who}: {tell_fit(part)}"
        for who, part in compared.groupby("labels", sort=False)
    ]
    mean = compared.groupby("driver")["share"].transform("mean")
    ordered = compared.assign(mean=mean).sort_values(
        ["mean", "driver", "labels"], ascending=[False, True, True], kind="stable"
    )
    columns = {
        "driver": ("driver", "{}"),
        "labels": ("labels of", "{}"),
        "n_negative": ("criticised", "{:,}"),
        "n_positive": ("praised", "{:,}"),
        "share": ("importance", "{:.0%}"),
        "penalty": ("if criticised", "{:+.2f}"),
        "reward": ("if praised", "{:+.2f}"),
        "kano_class": ("Kano class", "{}"),
    }
    return "\n".join([*fits, "", to_markdown(ordered, columns)])


def _combine(labels: Iterable[Mapping[str, Any]], mapping: Mapping[str, str]) -> dict[str, str]:
    """Join the polarities of all aspects of a driver."""
    seen: dict[str, set[str]] = {}
    for label in labels:
        driver = mapping.get(label["category"], "")
        if driver:
            seen.setdefault(driver, set()).add(label["polarity"])
    return {driver: _one(polarities) for driver, polarities in seen.items()}


def _one(polarities: set[str]) -> str:
    """Give one polarity: praise and criticism are mixed, either outweighs neutral."""
    if {"positive", "negative"} <= polarities:
        return "mixed"
    return next(p for p in ("positive", "negative", "neutral") if p in polarities)
