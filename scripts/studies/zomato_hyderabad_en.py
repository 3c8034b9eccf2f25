"""What goes with the stars of restaurants, and has it changed over the quarters?

python scripts/studies/zomato_hyderabad_en.py --data FOLDER -o OUT
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
    show_drift,
    show_variants,
    tell_fit,
    tell_trends,
    to_markdown,
    vary_importance,
)

import nlp_cx
from nlp_cx.analyze.drivers.groups import compare_groups
from nlp_cx.analyze.drivers.kano_drift import kano_drift
from nlp_cx.analyze.outcome import analyze_outcome
from nlp_cx.join.spec import JoinSpec, TableSpec

NAME = "zomato_hyderabad_en"
STEADY = 5
"""Reviews a quarter that make a restaurant steady."""

QUOTE = (
    r"\d(?:\.\d)?\s*/\s*(?:5|10)\b|\b\d(?:\.\d)?\s*(?:stars?\b|out of)"
    r"|\brat(?:ing|ed?)\s*(?:is|of|as|:|=|-)*\s*\d"
)
"""A score in the text itself: 4/5, 3 stars, rating: 2."""


def make_tables(
    data: Path, output: Path, *, n_rows: int | None = None, n_bootstrap: int = N_BOOTSTRAP
) -> Tables:
    """Read, score, join, analyse."""
    reviews = read_set(data, NAME, "all.jsonl.gz", n_rows=n_rows)
    text = reviews["text"].fillna("").str.strip()
    reviews["written_at"] = pd.to_datetime(reviews["time"], format="%m/%d/%Y %H:%M")
    reviews["is_repeat"] = text.duplicated(keep=False) & (text != "")
    reviews["is_quote"] = text.str.contains(QUOTE, case=False, regex=True)
    reviews["experience"] = pd.cut(
        reviews["reviewer_reviews"].astype("float64"),
        [-1, 1, 9, float("inf")],
        labels=["1 review or none", "2 to 9 reviews", "10 reviews and more"],
    ).astype(object)
    ox = join(score_once(reviews, output), reviews)
    # Reviewers have no names, so that reviews of one restaurant are what is not independent.
    model = {"cluster": "o_restaurant", "n_bootstrap": n_bootstrap}
    found = analyze_outcome(ox, "r_stars", group="o_experience", period="o_written_at", **model)
    return {
        "ox": ox.drop(columns=["interaction_id"]),
        "faults": count_faults(
            reviews,
            text_that_stands_there_more_than_once=reviews["is_repeat"],
            score_quoted_in_the_text=reviews["is_quote"],
        ),
        **found.tables,
        "restaurants": compare_groups(ox, "o_restaurant", outcome="r_stars"),
        "variants": vary_importance(
            "r_stars",
            {
                "all reviews": (ox, {}),
                "no text twice": (ox[~ox["o_is_repeat"].astype(bool)], {}),
                "no score quoted": (ox[~ox["o_is_quote"].astype(bool)], {}),
                "within restaurants": (ox, {"controls": ["o_restaurant"]}),
                "within experience of reviewers": (ox, {"controls": ["o_experience"]}),
                "stars as an order (proportional odds)": (ox, {"family": "ordinal"}),
            },
        ),
        "restaurants_by_quarter": count_restaurants(ox),
        "kano_drift_same_restaurants": kano_drift(
            keep_steady(ox), "r_stars", period="o_written_at", **model
        ),
        "notes": list_notes(*found.notes),
        "seen": compare_seen(data, NAME, ox, "r_stars"),
        "trained": pd.DataFrame({"n_texts": [count_training_texts(NAME)]}),
    }


def join(scored: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """Join the scores with the stars and what is known of restaurant, reviewer and time."""
    key, one = ("interaction_id=doc_id",), "1:1"
    spec = JoinSpec(
        tables={
            "ratings": TableSpec(on=key, cardinality=one, columns={"r_stars": "rating"}),
            "visits": TableSpec(
                on=key,
                cardinality=one,
                columns={
                    "o_restaurant": "restaurant",
                    "o_written_at": "written_at",
                    "o_experience": "experience",
                    "o_is_repeat": "is_repeat",
                    "o_is_quote": "is_quote",
                },
            ),
        },
        roles={"r_stars": "outcome", "o_written_at": "time", "o_experience": "group"},
    )
    ox, _ = nlp_cx.join_ox(scored, {"ratings": reviews, "visits": reviews}, spec)
    return ox


def count_restaurants(ox: pd.DataFrame) -> pd.DataFrame:
    """Count reviews and restaurants by quarter: does time mean the same restaurants?"""
    quarter = ox["o_written_at"].dt.to_period("Q").astype(str).rename("quarter")
    found = ox.groupby(quarter).agg(
        n=("o_restaurant", "size"),
        n_restaurants=("o_restaurant", "nunique"),
        stars=("r_stars", "mean"),
    )
    return found.reset_index()


def keep_steady(ox: pd.DataFrame) -> pd.DataFrame:
    """Keep restaurants with reviews in each of the last four quarters, and those quarters."""
    quarter = ox["o_written_at"].dt.to_period("Q")
    is_late = quarter > quarter.max() - 4
    counts = ox[is_late].groupby(["o_restaurant", quarter[is_late]]).size().unstack(fill_value=0)
    steady = counts.index[(counts >= STEADY).all(axis=1)]
    return ox[is_late & ox["o_restaurant"].isin(steady)]


def render(tables: Tables) -> dict[str, str]:
    """Give the tables that docs/studies.md shows."""
    importance = tables["importance"]
    both = join_drivers(importance, tables["penalty_reward"])
    return {
        "faults": to_markdown(tables["faults"], FAULTS),
        "stars": f"{tell_fit(importance)}\n\n{to_markdown(both, DRIVERS)}",
        "variants": show_variants(tables["variants"]),
        "experience": show_variants(
            tables["importance_by_group"].rename(columns={"group": "variant"})
        ),
        "restaurants": tell_restaurants(tables["restaurants"]),
        "quarters": to_markdown(
            tables["restaurants_by_quarter"],
            {
                "quarter": ("quarter", "{}"),
                "n": ("reviews", "{:,}"),
                "n_restaurants": ("restaurants", "{:,}"),
                "stars": ("mean stars", "{:.2f}"),
            },
        ),
        "trends": tell_trends(tables["trends"]),
        "drift": show_drift(tables["kano_drift"]),
        "drift_same": show_drift(tables["kano_drift_same_restaurants"]),
        "seen": to_markdown(tables["seen"], SEEN),
    }


def tell_restaurants(restaurants: pd.DataFrame) -> str:
    """Say how many restaurants stand apart, without naming them."""
    stars = restaurants[restaurants["measure"] == "outcome"]
    is_apart = stars["p_adjusted"] < 0.05
    worse = int((is_apart & (stars["difference"] < 0)).sum())
    better = int((is_apart & (stars["difference"] > 0)).sum())
    tested = int(restaurants["p_adjusted"].notna().sum())
    return (
        f"Of {len(stars)} restaurants, {better} have more and {worse} fewer stars than the others "
        f"(adjusted p below 0.05, over {tested:,} comparisons)."
    )


if __name__ == "__main__":
    run_study(__doc__, make_tables, render)
