"""How far do shares and importance from predicted labels miss those from people's labels?

python scripts/studies/aichallenger2018_zh.py --data FOLDER -o OUT
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from gold_aspects import (
    as_scored,
    compare_labels,
    label_drivers,
    read_mapping,
    read_overall,
    show_compared,
)
from study import (
    FAULTS,
    N_BOOTSTRAP,
    Tables,
    count_faults,
    count_training_texts,
    read_set,
    run_study,
    score_once,
    to_markdown,
)

import nlp_cx
from nlp_cx.analyze.drivers.prediction_powered_coefficients import (
    prediction_powered_coefficients,
)
from nlp_cx.analyze.drivers.prevalence import prevalence
from nlp_cx.join.spec import JoinSpec, TableSpec

NAME = "aichallenger2018_zh"
FILES = ("train_1k.jsonl.gz", "valid_2k.jsonl.gz", "valid_1k.jsonl.gz")
TEST = "valid_1k"
"""The file that no model of this project has learned from."""

N_LABELLED = 300
"""What an analyst could label by hand."""

ENDS = (0.025, 0.975)
METHODS = ("naive", "corrected", "powered", "labelled_only")


def make_tables(
    data: Path,
    output: Path,
    *,
    n_rows: int | None = None,
    n_bootstrap: int = N_BOOTSTRAP,
    n_repeats: int = 200,
) -> Tables:
    """Read, score, compare with people's labels."""
    reviews = read_set(data, NAME, *FILES, n_rows=n_rows)
    letters = reviews["text"].str.replace(r"[\W_]+", "", regex=True)
    reviews["is_in_test"] = reviews["file"] == TEST
    in_test = set(letters[reviews["is_in_test"]])
    is_shared = letters.isin(in_test) & ~reviews["is_in_test"]
    reviews["overall"] = read_overall(reviews)
    faults = count_faults(
        reviews,
        text_of_the_test_file_in_another_file=is_shared,
        no_label_of_the_overall_experience=reviews["overall"].isna(),
    )
    scored = score_once(reviews, output)
    mapping = read_mapping(data, NAME)
    gold = label_drivers(reviews, mapping)
    drivers = [name for name in gold.columns if name != "doc_id"]
    keep = (~letters.duplicated() | reviews["is_in_test"]).to_numpy() & ~is_shared.to_numpy()
    is_test = reviews["is_in_test"].to_numpy()
    # Joined twice, so that what is compared differs in nothing but who gave the labels.
    ox = {
        "model": join(scored[keep], reviews[keep]),
        "people": join(as_scored(gold, scored)[keep], reviews[keep]),
    }
    model = {"drivers": drivers, "n_bootstrap": n_bootstrap}
    test = {who: table[table["o_is_in_test"].astype(bool)] for who, table in ox.items()}
    compared = [
        compare_labels(tables, "r_overall", **model).assign(rows=rows)
        for rows, tables in (("all", ox), ("test", test))
    ]
    return {
        "faults": faults,
        "importance": pd.concat(compared, ignore_index=True),
        "leakage": compare_fits(ox, drivers, n_samples=n_bootstrap),
        "prevalence": estimate_shares(scored[is_test], gold[is_test], drivers),
        "coverage": cover_shares(scored[is_test], gold[is_test], drivers, n_repeats),
        "coefficients": estimate_coefficients(
            ox, drivers, compared[0][compared[0]["labels"] == "people"]
        ),
        "trained": pd.DataFrame({"n_texts": [count_training_texts(NAME)]}),
    }


def join(scored: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """Join labels with the overall experience."""
    key, one = ("interaction_id=doc_id",), "1:1"
    spec = JoinSpec(
        tables={
            "ratings": TableSpec(on=key, cardinality=one, columns={"r_overall": "overall"}),
            "files": TableSpec(on=key, cardinality=one, columns={"o_is_in_test": "is_in_test"}),
        },
        roles={"r_overall": "outcome"},
    )
    ox, _ = nlp_cx.join_ox(scored, {"ratings": reviews, "files": reviews}, spec)
    return ox


def compare_fits(
    ox: dict[str, pd.DataFrame], drivers: list[str], *, n_samples: int
) -> pd.DataFrame:
    """Tell how much more the model's labels explain than people's, where it has learned or not.

    Returns
    -------
    DataFrame
        ``rows``; ``model, people``: R²; ``gap, gap_low, gap_high``: model less people (bootstrap,
        95 %); ``n``. The last row has the difference of the two gaps.
    """
    features = [f"x_{driver}_{pole}" for driver in drivers for pole in ("negative", "positive")]
    y = ox["people"]["r_overall"].to_numpy("float64")
    is_known = ~np.isnan(y) & (ox["model"]["x_n_texts"] > 0).to_numpy()
    tables = {
        who: np.column_stack([np.ones(len(y)), np.nan_to_num(frame[features].to_numpy("float64"))])
        for who, frame in ox.items()
    }
    in_test = ox["people"]["o_is_in_test"].to_numpy(bool)

    def fit(who: str, at: np.ndarray) -> float:
        x, z = tables[who][at], y[at]
        rest = z - x @ np.linalg.lstsq(x, z, rcond=None)[0]
        return float(1 - rest.var() / z.var())

    rng = np.random.default_rng(0)
    rows, gaps = [], []
    for name, part in (("learned from", ~in_test), ("test file", in_test)):
        at = np.flatnonzero(part & is_known)
        model, people = fit("model", at), fit("people", at)
        draws = (rng.choice(at, len(at)) for _ in range(n_samples))
        drawn = np.array([fit("model", d) - fit("people", d) for d in draws])
        gaps.append((model - people, drawn))
        rows.append((name, model, people, model - people, *np.quantile(drawn, ENDS), len(at)))
    (one, drawn), (other, also) = gaps
    last = ("difference", np.nan, np.nan, one - other, *np.quantile(drawn - also, ENDS), np.nan)
    return pd.DataFrame(
        [*rows, last], columns=["rows", "model", "people", "gap", "gap_low", "gap_high", "n"]
    )


def estimate_shares(scored: pd.DataFrame, gold: pd.DataFrame, drivers: list[str]) -> pd.DataFrame:
    """Estimate shares from predictions and a labelled sample, beside the truth that is known."""
    labelled = gold.sample(min(N_LABELLED, len(gold)), random_state=0)
    found = prevalence(scored, labelled, drivers=drivers)
    return found.merge(count_truth(gold, drivers), on=["label", "polarity"])


def count_truth(gold: pd.DataFrame, drivers: list[str]) -> pd.DataFrame:
    """Count what people found in all reviews."""
    return pd.DataFrame(
        [
            (driver, polarity, float(is_so.mean()))
            for driver in drivers
            for polarity, is_so in (
                ("mentioned", gold[driver].notna()),
                ("negative", gold[driver].isin(["negative", "mixed"])),
                ("neutral", gold[driver] == "neutral"),
                ("positive", gold[driver].isin(["positive", "mixed"])),
            )
        ],
        columns=["label", "polarity", "truth"],
    )


def cover_shares(
    scored: pd.DataFrame, gold: pd.DataFrame, drivers: list[str], n_repeats: int
) -> pd.DataFrame:
    """Tell how often intervals hold the truth, on samples of reviews drawn with replacement."""
    truth = count_truth(gold, drivers)
    rng = np.random.default_rng(0)
    hits = []
    for _ in range(n_repeats):
        at = rng.integers(0, len(scored), len(scored))
        keys = np.arange(len(at))
        drawn = scored.iloc[at].assign(doc_id=keys)
        labelled = gold.iloc[at].assign(doc_id=keys)[:N_LABELLED]
        found = prevalence(drawn, labelled, drivers=drivers, is_random=True)
        hits.append(found.merge(truth, on=["label", "polarity"]))
    every = pd.concat(hits, ignore_index=True)
    rows = []
    for method in METHODS:
        is_given = every[f"{method}_low"].notna()
        is_held = every["truth"].between(every[f"{method}_low"], every[f"{method}_high"])
        one = every.assign(is_held=is_held.where(is_given), width=every[f"{method}_high"]
                           - every[f"{method}_low"], method=method)  # fmt: skip
        rows.append(
            one.groupby(["label", "polarity", "method"], sort=False)
            .agg(covered=("is_held", "mean"), width=("width", "mean"), n=("is_held", "count"))
            .reset_index()
        )
    return pd.concat(rows, ignore_index=True)


def estimate_coefficients(
    ox: dict[str, pd.DataFrame], drivers: list[str], truth: pd.DataFrame
) -> pd.DataFrame:
    """Estimate penalties and rewards from predictions and a labelled sample, beside the truth."""
    features = [f"x_{driver}_{pole}" for driver in drivers for pole in ("negative", "positive")]
    people = ox["people"][["interaction_id", *features]]
    labelled = people.sample(min(2 * N_LABELLED, len(people)), random_state=0)
    options = {"key": "interaction_id", "is_random": True}
    found = prediction_powered_coefficients(ox["model"], labelled, "r_overall", features, **options)
    known = {
        f"x_{row['driver']}_{pole}": row[name]
        for _, row in truth.iterrows()
        for pole, name in (("negative", "penalty"), ("positive", "reward"))
    }
    return found[found["term"].isin(known)].assign(truth=found["term"].map(known))


def render(tables: Tables) -> dict[str, str]:
    """Give the tables that docs/studies.md shows."""
    importance = tables["importance"]
    shown = {"faults": to_markdown(tables["faults"], FAULTS)}
    for rows in ("all", "test"):
        shown[f"importance_{rows}"] = show_compared(importance[importance["rows"] == rows])
    shown["leakage"] = to_markdown(
        tables["leakage"],
        {
            "rows": ("reviews", "{}"),
            "n": ("n", "{:,.0f}"),
            "model": ("explained by the model's labels", "{:.1%}"),
            "people": ("by people's", "{:.1%}"),
            "gap": ("model less people", "{:+.1%}"),
        },
    )
    shares = {name: (name.replace("_", " "), "{:.0%}") for name in METHODS}
    shown["prevalence"] = to_markdown(
        tables["prevalence"],
        {"label": ("driver", "{}"), "polarity": ("", "{}"), "truth": ("truth", "{:.0%}")}
        | shares
        | {"sensitivity": ("found of the true", "{:.0%}")},
    )
    coverage = tables["coverage"].groupby("method", sort=False)
    shown["coverage"] = to_markdown(
        coverage.agg(
            covered=("covered", "mean"), worst=("covered", "min"), width=("width", "mean")
        ).reset_index(),
        {
            "method": ("interval", "{}"),
            "covered": ("holds the truth", "{:.0%}"),
            "worst": ("in the worst row", "{:.0%}"),
            "width": ("mean width", "{:.3f}"),
        },
    )
    shown["coefficients"] = to_markdown(
        tables["coefficients"],
        {
            "term": ("", "{}"),
            "truth": ("people's labels of all", "{:+.2f}"),
            "naive": ("model alone", "{:+.2f}"),
            "estimate": ("model and labelled sample", "{:+.2f}"),
            "labelled_only": ("labelled sample alone", "{:+.2f}"),
        },
    )
    return shown


if __name__ == "__main__":
    run_study(__doc__, make_tables, render)
