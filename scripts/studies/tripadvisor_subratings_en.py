"""Do drivers read from hotel reviews agree with the guests' own ratings of value, location, rooms?

python scripts/studies/tripadvisor_subratings_en.py --data FOLDER -o OUT
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import kendalltau, rankdata
from study import (
    FAULTS,
    N_BOOTSTRAP,
    SEEN,
    Tables,
    compare_seen,
    count_faults,
    count_training_texts,
    find_seen,
    read_set,
    run_study,
    score_once,
    to_markdown,
)

import nlp_cx
from nlp_cx.analyze.drivers.column_importance import column_importance
from nlp_cx.analyze.drivers.importance import relative_importance
from nlp_cx.analyze.metrics import code_mean, estimate_metrics
from nlp_cx.analyze.resample import percentile_interval
from nlp_cx.join.spec import JoinSpec, TableSpec

Floats = npt.NDArray[np.float64]

NAME = "tripadvisor_subratings_en"
RATINGS = ("value", "location", "cleanliness", "rooms", "sleep_quality")
MATCHES = {
    "product": ("cleanliness", "rooms", "sleep_quality"),
    "price": ("value",),
    "convenience": ("location",),
    "service": (),
}
"""Drivers that enough reviews mention, and the ratings that ask for the same.

Guests rate service too, but this sample does not hold it."""

SUBJECTS = {
    "a heading such as Cons:": r"^\W*(?:pros|cons)\W*$",
    "parking, shuttle, lift": r"park|valet|garage|\bcars?\b|shuttle|elevator|lift\b",
    "waiting": r"wait|queue|slow|hour|minutes|\btook\b",
    "the place": r"locat|\bfind\b|walk|\barea\b|shops|get to|far\b|close\b|near",
}
"""What clauses on convenience speak of; the first pattern that fits counts."""

COMPARED = [driver for driver, ratings in MATCHES.items() if ratings]


def make_tables(
    data: Path, output: Path, *, n_rows: int | None = None, n_bootstrap: int = N_BOOTSTRAP
) -> Tables:
    """Read, score, join, compare with what the guests rated."""
    reviews = read_set(data, NAME, "sample_1000.jsonl.gz", n_rows=n_rows)
    ratings = reviews[list(RATINGS)]
    faults = count_faults(
        reviews,
        all_five_ratings_the_same=ratings.nunique(axis=1) == 1,
        all_five_ratings_and_the_stars_5=ratings.assign(stars=reviews["rating"]).eq(5).all(axis=1),
        hotel_id_that_stands_in_one_row_only=~reviews["hotel_id"].duplicated(keep=False),
    )
    ox = join(score_once(reviews, output), reviews)
    return {
        "ox": ox.drop(columns=["interaction_id"]),
        "faults": faults,
        "ratings": describe_ratings(ox),
        "labels": compare_labels(ox),
        "convenience": count_subjects(reviews, output),
        "multitrait": correlate_ratings(ox, n_bootstrap),
        "matching": compare_matching(ox, n_bootstrap),
        "seen": pd.concat(
            [compare_seen(data, NAME, ox, "r_stars"), compare_matching_seen(data, ox, n_bootstrap)],
            ignore_index=True,
        ),
        "importance": compare_importance(ox, n_bootstrap),
        "agreement": count_agreement(ox, n_bootstrap),
        "trained": pd.DataFrame({"n_texts": [count_training_texts(NAME)]}),
    }


def join(scored: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """Join the scores with stars and sub-ratings."""
    columns = {"r_stars": "rating", **{f"r_{name}": name for name in RATINGS}}
    spec = JoinSpec(
        tables={
            "ratings": TableSpec(on=("interaction_id=doc_id",), cardinality="1:1", columns=columns)
        },
        roles={"r_stars": "outcome"},
    )
    ox, _ = nlp_cx.join_ox(scored, {"ratings": reviews}, spec)
    return ox


def describe_ratings(ox: pd.DataFrame) -> pd.DataFrame:
    """Describe each sub-rating, and how it goes with the stars and with the other ratings."""
    ranks = ox[[f"r_{name}" for name in RATINGS]].rank()
    rows = []
    for name in RATINGS:
        others = ranks.drop(columns=f"r_{name}").corrwith(ranks[f"r_{name}"])
        rating = ox[f"r_{name}"]
        stars = ranks[f"r_{name}"].corr(ox["r_stars"].rank())
        rows.append(
            (name, float(rating.mean()), float(rating.eq(5).mean()), stars,
             float(others.min()), float(others.max()))
        )  # fmt: skip
    names = ["rating", "mean", "share_5", "with_stars", "least_with_others", "most_with_others"]
    return pd.DataFrame(rows, columns=names)


def compare_labels(ox: pd.DataFrame) -> pd.DataFrame:
    """Give the mean rating by what the text says, "not mentioned" for itself.

    Returns
    -------
    DataFrame
        As `estimate_metrics`, with ``driver`` and ``rating``; ``group`` is what the text says.
    """
    tables = []
    for driver in COMPARED:
        negative, positive = (ox[f"x_{driver}_{pole}"] > 0 for pole in ("negative", "positive"))
        neutral = ox[f"x_{driver}_neutral"] > 0
        said = np.select(
            [negative & positive, negative, positive, neutral],
            ["mixed", "negative", "positive", "neutral"],
            "not mentioned",
        )
        table = ox.assign(said=said)
        for rating in MATCHES[driver]:
            mean = code_mean(
                table, f"r_{rating}", name=f"{rating}_mean", source="surveyed", unit="1 to 5"
            )
            found = estimate_metrics(table, mean, group="said", min_n=5)
            order = found["group"].map(SAID.index)
            tables.append(
                found.assign(driver=driver, rating=rating, order=order)
                .sort_values("order", kind="stable")
                .drop(columns="order")
            )
    return pd.concat(tables, ignore_index=True)


def count_subjects(reviews: pd.DataFrame, output: Path) -> pd.DataFrame:
    """Count what the clauses speak of that the model takes for convenience.

    Returns
    -------
    DataFrame
        ``subject``; ``n_negative, n_positive`` (clauses).
    """
    path = output / "convenience_clauses.parquet"
    clauses = nlp_cx.load("fast").evidence(reviews[["doc_id", "text"]], "text", id="doc_id")
    clauses = clauses[clauses["driver"] == "convenience"]
    clauses[["doc_id", "clause", "driver_polarity", "driver_score"]].to_parquet(path)
    subject = pd.Series("something else", clauses.index)
    for name, pattern in reversed(SUBJECTS.items()):
        subject[clauses["clause"].str.contains(pattern, case=False, regex=True)] = name
    counts = pd.crosstab(subject, clauses["driver_polarity"].astype(str))
    counts = counts.reindex([*SUBJECTS, "something else"], fill_value=0)
    counts = counts.reindex(columns=["negative", "positive"], fill_value=0)
    return counts.add_prefix("n_").rename_axis("subject").reset_index().rename_axis(columns=None)


SAID = ["negative", "mixed", "neutral", "not mentioned", "positive"]


def correlate_ranks(x: Floats, y: Floats, given: Floats | None = None) -> Floats:
    """Give Spearman correlations of `x` with the columns of `y`, beyond `given` where there is one.

    Notes
    -----
    Beyond `given`: of what is left of the ranks after a line on the ranks of `given`.
    """
    ranks = rankdata(np.column_stack([x, y] if given is None else [x, y, given]), axis=0)
    ranks -= ranks.mean(axis=0)
    if given is not None:
        last = ranks[:, -1]
        ranks = ranks[:, :-1] - np.outer(last, last @ ranks[:, :-1] / (last @ last))
    with np.errstate(invalid="ignore"):
        sizes = np.sqrt((ranks * ranks).sum(axis=0))
        return np.asarray(ranks[:, 0] @ ranks[:, 1:] / (sizes[0] * sizes[1:]))


def resample(
    measure: Callable[[npt.NDArray[np.int64]], Floats], n: int, n_bootstrap: int
) -> tuple[Floats, Floats]:
    """Measure all rows, and samples of rows with replacement."""
    rng = np.random.default_rng(0)
    point = measure(np.arange(n))
    if not n_bootstrap:
        return point, np.full((1, point.size), np.nan)
    return point, np.array([measure(rng.integers(0, n, n)) for _ in range(n_bootstrap)])


def correlate_ratings(ox: pd.DataFrame, n_bootstrap: int) -> pd.DataFrame:
    """Correlate each text driver with each rating, in ranks.

    Returns
    -------
    DataFrame, one row per driver, rating and way
        ``way``: ``mentioned`` (reviews that mention the driver), ``beyond stars`` (the same, with
        the ranks of the stars taken out), ``all, not mentioned as 0`` (what careless coding would
        give); ``estimate, low, high``; ``is_match``; ``n``.
    """
    rows = []
    columns = [f"r_{name}" for name in RATINGS]
    for driver, matches in MATCHES.items():
        score = ox[f"x_{driver}_score"].to_numpy(np.float64)
        has = ~np.isnan(score)
        for way in ("mentioned", "beyond stars", "all, not mentioned as 0"):
            at = np.flatnonzero(has if way != "all, not mentioned as 0" else np.ones_like(has))
            x = np.nan_to_num(score[at])
            y = ox[columns].to_numpy(np.float64)[at]
            stars = ox["r_stars"].to_numpy(np.float64)[at] if way == "beyond stars" else None
            point, draws = resample(
                lambda i, x=x, y=y, stars=stars: correlate_ranks(
                    x[i], y[i], None if stars is None else stars[i]
                ),
                len(at),
                n_bootstrap,
            )
            low, high = percentile_interval(draws)
            rows += [
                (driver, name, way, point[k], low[k], high[k], name in matches, len(at))
                for k, name in enumerate(RATINGS)
            ]
    names = ["driver", "rating", "way", "estimate", "low", "high", "is_match", "n"]
    return pd.DataFrame(rows, columns=names)


def compare_matching(ox: pd.DataFrame, n_bootstrap: int) -> pd.DataFrame:
    """Tell whether the matching rating goes with a driver most, on the same samples of reviews.

    Returns
    -------
    DataFrame, one row per driver and way
        ``matching`` and ``other``: the closest matching and the closest other rating; ``gap,
        gap_low, gap_high``: correlation with the first less that with the second; ``p_most``: share
        of the samples in which a matching rating is the closest of all; ``n``.
    """
    rows = []
    columns = [f"r_{name}" for name in RATINGS]
    for driver in COMPARED:
        is_match = np.isin(RATINGS, MATCHES[driver])
        rest = ox[ox[f"x_{driver}_score"].notna()]
        x = rest[f"x_{driver}_score"].to_numpy(np.float64)
        y = rest[columns].to_numpy(np.float64)
        stars = rest["r_stars"].to_numpy(np.float64)
        for way in ("mentioned", "beyond stars"):
            point, draws = resample(
                lambda i, way=way, x=x, y=y, stars=stars: correlate_ranks(
                    x[i], y[i], stars[i] if way == "beyond stars" else None
                ),
                len(rest),
                n_bootstrap,
            )
            gaps = draws[:, is_match].max(axis=1) - draws[:, ~is_match].max(axis=1)
            low, high = percentile_interval(gaps[:, None])
            best = [
                max(np.flatnonzero(part), key=lambda k: point[k]) for part in (is_match, ~is_match)
            ]
            rows.append(
                (driver, way, RATINGS[best[0]], point[best[0]], RATINGS[best[1]], point[best[1]],
                 point[best[0]] - point[best[1]], low[0], high[0], float((gaps > 0).mean()),
                 len(rest))
            )  # fmt: skip
    names = ["driver", "way", "matching", "with_matching", "other", "with_other", "gap"]
    return pd.DataFrame(rows, columns=[*names, "gap_low", "gap_high", "p_most", "n"])


def compare_matching_seen(data: Path, ox: pd.DataFrame, n_bootstrap: int) -> pd.DataFrame:
    """Tell whether drivers go with their ratings more closely where the model has seen the text."""
    seen, unseen = find_seen(data, NAME)
    rows = []
    for driver in COMPARED:
        truth = ox[[f"r_{name}" for name in MATCHES[driver]]].mean(axis=1).to_numpy(np.float64)
        score = ox[f"x_{driver}_score"].to_numpy(np.float64)
        parts = [
            np.flatnonzero(ox["interaction_id"].isin(part).to_numpy() & ~np.isnan(score))
            for part in (seen, unseen)
        ]
        if min(map(len, parts)) < 10:
            continue
        found = []
        for part in parts:
            x, y = score[part], truth[part][:, None]
            found.append(
                resample(lambda i, x=x, y=y: correlate_ranks(x[i], y[i]), len(part), n_bootstrap)
            )
        (a, a_draws), (b, b_draws) = found
        low, high = percentile_interval(a_draws - b_draws)
        rows.append(
            (f"{driver} with its rating (ranks)", a[0], b[0], a[0] - b[0], low[0], high[0],
             *map(len, parts))
        )  # fmt: skip
    names = ["measure", "seen", "unseen", "difference", "difference_low", "difference_high"]
    return pd.DataFrame(rows, columns=[*names, "n_seen", "n_unseen"])


def compare_importance(ox: pd.DataFrame, n_bootstrap: int) -> pd.DataFrame:
    """Divide what explains the stars among drivers, from mentions and from the guests' ratings."""
    says_all = ox[[f"x_{driver}_score" for driver in COMPARED]].notna().all(axis=1)
    return pd.concat(
        [
            table.assign(source=source, reviews=reviews)
            for reviews, part in (("all", ox), ("mention all three", ox[says_all]))
            for source, table in (
                ("text", by_text(part, n_bootstrap, None if reviews == "all" else COMPARED)),
                ("text, these three", by_text(part, n_bootstrap, COMPARED)),
                ("ratings", by_rating(part, n_bootstrap)),
            )
            if not (source == "text" and reviews != "all")
        ],
        ignore_index=True,
    )


def by_text(
    ox: pd.DataFrame, n_bootstrap: int, drivers: Sequence[str] | None = None
) -> pd.DataFrame:
    """Divide the stars among what is mentioned in the text."""
    return relative_importance(ox, "r_stars", drivers=drivers, n_bootstrap=n_bootstrap, n_null=0)


def by_rating(ox: pd.DataFrame, n_bootstrap: int) -> pd.DataFrame:
    """Divide the stars among the guests' own ratings, grouped as the drivers are."""
    columns = {driver: [f"r_{name}" for name in MATCHES[driver]] for driver in COMPARED}
    return column_importance(ox, "r_stars", columns=columns, n_bootstrap=n_bootstrap, n_null=0)


def count_agreement(ox: pd.DataFrame, n_bootstrap: int) -> pd.DataFrame:
    """Tell how far the two rankings of the drivers agree, over samples of reviews.

    Returns
    -------
    DataFrame, one row per value of Kendall's tau that three drivers can have
        ``tau``; ``is_found`` (with all reviews); ``share`` (of the samples); ``by_chance`` (of all
        orders); ``n_samples``.
    """
    rng = np.random.default_rng(0)

    def measure(rows: pd.DataFrame) -> float:
        text = by_text(rows, 0, COMPARED).set_index("driver")["lmg"].loc[COMPARED]
        rated = by_rating(rows, 0).set_index("driver")["lmg"].loc[COMPARED]
        return round(float(kendalltau(text, rated).statistic), 3)

    point = measure(ox)
    n_samples = min(n_bootstrap, 200)
    draws = [measure(ox.iloc[rng.integers(0, len(ox), len(ox))]) for _ in range(n_samples)]
    chance = {1.0: 1 / 6, 0.333: 2 / 6, -0.333: 2 / 6, -1.0: 1 / 6}
    rows = [
        (tau, tau == point, float(np.mean(np.equal(draws, tau))), share, n_samples)
        for tau, share in chance.items()
    ]
    return pd.DataFrame(rows, columns=["tau", "is_found", "share", "by_chance", "n_samples"])


def render(tables: Tables) -> dict[str, str]:
    """Give the tables that docs/studies.md shows."""
    multitrait = tables["multitrait"]
    shown = {
        "faults": to_markdown(tables["faults"], FAULTS),
        "ratings": to_markdown(
            tables["ratings"],
            {
                "rating": ("rating", "{}"),
                "mean": ("mean", "{:.2f}"),
                "share_5": ("gave 5", "{:.0%}"),
                "with_stars": ("with stars", "{:.2f}"),
                "least_with_others": ("with the others: least", "{:.2f}"),
                "most_with_others": ("most", "{:.2f}"),
            },
        ),
        "labels": to_markdown(
            tables["labels"],
            {
                "driver": ("driver", "{}"),
                "rating": ("rating", "{}"),
                "group": ("in the text", "{}"),
                "n": ("reviews", "{:,}"),
                "estimate": ("mean rating", "{:.2f}"),
            },
        ),
    }
    shown["convenience"] = to_markdown(
        tables["convenience"],
        {
            "subject": ("clauses on", "{}"),
            "n_negative": ("critical", "{:,}"),
            "n_positive": ("praising", "{:,}"),
        },
    )
    for way, block in (
        ("mentioned", "multitrait"),
        ("beyond stars", "beyond_stars"),
        ("all, not mentioned as 0", "careless"),
    ):
        shown[block] = show_multitrait(multitrait[multitrait["way"] == way])
    shown["matching"] = to_markdown(
        tables["matching"],
        {
            "driver": ("driver", "{}"),
            "way": ("", "{}"),
            "matching": ("matching", "{}"),
            "other": ("closest other", "{}"),
            "gap": ("difference of correlations", "{:+.2f}"),
            "p_most": ("matching is closest in", "{:.0%}"),
        },
    )
    shown["seen"] = to_markdown(tables["seen"], SEEN)
    shown["importance"] = to_markdown(
        tables["importance"],
        {
            "reviews": ("reviews", "{}"),
            "n": ("n", "{:,}"),
            "source": ("from", "{}"),
            "driver": ("driver", "{}"),
            "share": ("importance", "{:.0%}"),
            "fit": ("explained by all", "{:.0%}"),
        },
    )
    shown["agreement"] = to_markdown(
        tables["agreement"],
        {
            "tau": ("Kendall's tau", "{:+.2f}"),
            "share": ("share of samples", "{:.0%}"),
            "by_chance": ("of random orders", "{:.0%}"),
        },
    )
    return shown


def show_multitrait(table: pd.DataFrame) -> str:
    """Write correlations with drivers down and ratings across, the matching ones in bold."""
    cells = [
        f"**{e:.2f}** [{low:.2f}, {high:.2f}]" if match else f"{e:.2f} [{low:.2f}, {high:.2f}]"
        for e, low, high, match in table[["estimate", "low", "high", "is_match"]].to_numpy()
    ]
    wide = table.assign(cell=cells).pivot_table(
        index=["driver", "n"], columns="rating", values="cell", aggfunc="first", sort=False
    )
    columns = {"driver": ("driver in the text", "{}"), "n": ("reviews", "{:,}")}
    columns |= {name: (name.replace("_", " "), "{}") for name in RATINGS}
    return to_markdown(wide.reset_index(), columns)


if __name__ == "__main__":
    run_study(__doc__, make_tables, render)
