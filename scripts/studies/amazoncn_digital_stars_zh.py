"""What goes with the stars of phones, notebooks and players in Chinese shops of 2008 to 2011?

python scripts/studies/amazoncn_digital_stars_zh.py --data FOLDER -o OUT
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
from nlp_cx.analyze.outcome import analyze_outcome
from nlp_cx.join.spec import JoinSpec, TableSpec

NAME = "amazoncn_digital_stars_zh"
FILES = ("mobile.jsonl.gz", "mp3_mp4.jsonl.gz", "notebook.jsonl.gz")
PHRASE = "还没有发现缺点|还没发现|优点哦|暂时还没发现缺点"
"""What the shops put where a field was left empty."""


def make_tables(
    data: Path, output: Path, *, n_rows: int | None = None, n_bootstrap: int = N_BOOTSTRAP
) -> Tables:
    """Read, score, join, analyse."""
    reviews = read_set(data, NAME, *FILES, n_rows=n_rows)
    text = reviews["text"].fillna("").str.strip()
    reviews["written_at"] = pd.to_datetime(reviews["date"], format="mixed", errors="coerce")
    reviews["is_repeat"] = text.duplicated() & (text != "")
    reviews["has_phrase"] = text.str.contains(PHRASE, regex=True)
    reviews["is_quarter_star"] = reviews["rating"] % 1 != 0
    reviews["product"] = reviews["file"] + "-" + reviews["product_id"].astype(str)
    ox = join(score_once(reviews, output), reviews)
    once = ox[~ox["o_is_repeat"].astype(bool)]
    model = {"cluster": "o_product", "n_bootstrap": n_bootstrap}
    found = analyze_outcome(once, "r_stars", group="o_category", period="o_written_at", **model)
    return {
        "ox": ox.drop(columns=["interaction_id"]),
        "faults": count_faults(
            reviews,
            date_that_cannot_be_read=reviews["written_at"].isna(),
            stars_in_quarter_steps=reviews["is_quarter_star"],
            phrase_of_the_shop_for_an_empty_field=reviews["has_phrase"],
            of_the_product_with_most_reviews=reviews["product"]
            == reviews["product"].mode().iloc[0],
            four_or_five_stars=reviews["rating"] >= 4,
        ),
        **found.tables,
        "variants": vary_importance(
            "r_stars",
            {
                "no text twice": (once, {}),
                "all reviews": (ox, {}),
                "no phrase of the shop": (once[~once["o_has_phrase"].astype(bool)], {}),
                "within products": (once, {"controls": ["o_product"]}),
                "stars as an order (proportional odds)": (
                    once[once["r_stars"] % 1 == 0],
                    {"family": "ordinal"},
                ),
            },
        ),
        "notes": list_notes(*found.notes),
        "seen": compare_seen(data, NAME, ox, "r_stars"),
        "trained": pd.DataFrame({"n_texts": [count_training_texts(NAME)]}),
    }


def join(scored: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """Join the scores with stars, product and time."""
    key, one = ("interaction_id=doc_id",), "1:1"
    spec = JoinSpec(
        tables={
            "ratings": TableSpec(on=key, cardinality=one, columns={"r_stars": "rating"}),
            "products": TableSpec(
                on=key,
                cardinality=one,
                columns={
                    "o_product": "product",
                    "o_category": "file",
                    "o_written_at": "written_at",
                    "o_is_repeat": "is_repeat",
                    "o_has_phrase": "has_phrase",
                },
            ),
        },
        roles={"r_stars": "outcome", "o_written_at": "time", "o_category": "group"},
    )
    ox, _ = nlp_cx.join_ox(scored, {"ratings": reviews, "products": reviews}, spec)
    return ox


def render(tables: Tables) -> dict[str, str]:
    """Give the tables that docs/studies.md shows."""
    importance = tables["importance"]
    both = join_drivers(importance, tables["penalty_reward"])
    return {
        "faults": to_markdown(tables["faults"], FAULTS),
        "stars": f"{tell_fit(importance)}\n\n{to_markdown(both, DRIVERS)}",
        "variants": show_variants(tables["variants"]),
        "categories": show_variants(
            tables["importance_by_group"].rename(columns={"group": "variant"})
        ),
        "trends": tell_trends(tables["trends"]),
        "drift": show_drift(tables["kano_drift"]),
        "seen": to_markdown(tables["seen"], SEEN),
    }


if __name__ == "__main__":
    run_study(__doc__, make_tables, render)
