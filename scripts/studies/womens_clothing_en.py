"""What goes with stars and recommendation in reviews of women's clothing?

python scripts/studies/womens_clothing_en.py --data FOLDER -o OUT
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from study import (
    DRIVERS,
    FAULTS,
    N_BOOTSTRAP,
    SEEN,
    Tables,
    compare_seen,
    count_faults,
    count_training_texts,
    join_drivers,
    list_notes,
    read_set,
    run_study,
    score_once,
    show_groups,
    show_variants,
    tell_fit,
    to_markdown,
    vary_importance,
)

import nlp_cx
from nlp_cx.analyze.outcome import analyze_outcome
from nlp_cx.join.spec import JoinSpec, TableSpec

NAME = "womens_clothing_en"
CUT = 495
"""Texts this long were probably cut: the source holds 500 characters."""


def make_tables(
    data: Path, output: Path, *, n_rows: int | None = None, n_bootstrap: int = N_BOOTSTRAP
) -> Tables:
    """Read, score, join, analyse."""
    reviews = read_set(data, NAME, "first_10528.jsonl.gz", n_rows=n_rows)
    text = reviews["text"].fillna("")
    reviews["is_cut"] = text.str.len() >= CUT
    reviews["department"] = reviews["department"].replace("", None)
    ox = join(score_once(reviews, output), reviews)
    # The item, not the person, ties reviews together: who wrote them is not known.
    model = {"cluster": "o_clothing_id", "n_bootstrap": n_bootstrap}
    stars = analyze_outcome(ox, "r_stars", group="o_department", **model)
    advice = analyze_outcome(ox, "r_recommended", **model)
    return {
        "ox": ox.drop(columns=["interaction_id"]),
        "faults": count_faults(reviews, text_cut_off_at_about_500_characters=reviews["is_cut"]),
        **stars.tables,
        **{f"recommended_{name}": table for name, table in advice.tables.items()},
        "variants": vary_importance(
            "r_stars",
            {
                "all reviews": (ox, {}),
                "texts not cut off": (ox[~ox["o_is_cut"].astype(bool)], {}),
                "department and age held equal": (ox, {"controls": ["o_department", "o_age"]}),
                "stars as an order (proportional odds)": (ox, {"family": "ordinal"}),
            },
        ),
        "notes": list_notes(*stars.notes, *advice.notes),
        "seen": compare_seen(data, NAME, ox, "r_stars"),
        "trained": pd.DataFrame({"n_texts": [count_training_texts(NAME)]}),
    }


def join(scored: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """Join the scores with what the shop knows of each review."""
    spec = JoinSpec(
        tables={
            "ratings": TableSpec(
                on=("interaction_id=doc_id",),
                cardinality="1:1",
                columns={"r_stars": "rating", "r_recommended": "recommended"},
            ),
            "shop": TableSpec(
                on=("interaction_id=doc_id",),
                cardinality="1:1",
                columns={
                    "o_department": "department",
                    "o_clothing_id": "clothing_id",
                    "o_age": "age",
                    "o_is_cut": "is_cut",
                },
            ),
        },
        roles={"r_stars": "outcome", "o_department": "group"},
    )
    ox, _ = nlp_cx.join_ox(scored, {"ratings": reviews, "shop": reviews}, spec)
    return ox


def render(tables: Tables) -> dict[str, str]:
    """Give the tables that docs/studies.md shows."""
    shown = {"faults": to_markdown(tables["faults"], FAULTS)}
    for name, prefix in (("stars", ""), ("recommended", "recommended_")):
        importance = tables[f"{prefix}importance"]
        both = join_drivers(importance, tables[f"{prefix}penalty_reward"])
        shown[name] = f"{tell_fit(importance)}\n\n{to_markdown(both, DRIVERS)}"
    shown["variants"] = show_variants(tables["variants"])
    shown["seen"] = to_markdown(tables["seen"], SEEN)
    shown["departments"] = show_groups(tables["groups"], (None, "outcome"), ("product", "negative"))
    return shown


if __name__ == "__main__":
    run_study(__doc__, make_tables, render)
