"""A material made by hand: every table of the contract, small, with hostile and missing values."""

import numpy as np
import pandas as pd

from nlp_cx.analyze.outcome import analyze_outcome
from nlp_cx.report.material import Material

DRIVERS = ("product", "service", "price")
HOSTILE = '<script>alert(1)</script>{n:count}=HYPERLINK("x")'


def make_ox(n: int = 400) -> pd.DataFrame:
    """Make an O+X table in which criticism of service goes with fewer stars."""
    rng = np.random.default_rng(0)
    ox = pd.DataFrame({"x_n_texts": np.ones(n, int)})
    stars = np.full(n, 4.0)
    for i, driver in enumerate(DRIVERS):
        said = rng.choice(3, n, p=[0.25, 0.5, 0.25])
        ox[f"x_{driver}_negative"] = (said == 0).astype(int)
        ox[f"x_{driver}_neutral"] = 0
        ox[f"x_{driver}_positive"] = (said == 2).astype(int)
        ox[f"x_{driver}_score"] = np.where(said == 1, np.nan, said - 1.0)
        stars += (said - 1) * (0.3 + 0.3 * (i == 1)) - (said == 0) * (i == 1)
    ox["r_stars"] = np.clip(np.round(stars + rng.normal(0, 0.7, n)), 1, 5)
    ox["at"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 180, n), "D")
    ox["region"] = rng.choice(["north", "south", HOSTILE], n)
    return ox


def make_shares(**more: object) -> pd.DataFrame:
    """Make the shares of all drivers and polarities."""
    rows = []
    for i, driver in enumerate(DRIVERS):
        for polarity, n in (
            ("mentioned", 60), ("negative", 30 - 5 * i), ("neutral", 4), ("positive", 20 + 4 * i),
            ("mixed", 2),
        ):  # fmt: skip
            share = n / 200
            rows.append(
                {
                    "driver": driver, "polarity": polarity, "n": n, "of": 200, "share": share,
                    "low": share - 0.01, "high": share + 0.04, "corrected": np.nan,
                    "corrected_low": np.nan, "corrected_high": np.nan,
                    "reason": "no labelled sample", **more,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def make_tables() -> dict[str, pd.DataFrame]:
    """Make the tables that are not of an outcome."""
    months = [f"2026-0{i}" for i in range(1, 5)]
    starts = pd.to_datetime([f"{month}-01" for month in months])
    share = np.array([0.2, 0.25, np.nan, 0.3])
    volume = pd.DataFrame({"period": months, "period_start": starts, "n_documents": [50] * 4,
                           "n_texts": [50, 48, 0, 49], "is_partial": [True, False, False, False]})  # fmt: skip
    for pole, more in (("negative", 0.0), ("positive", 0.3)):
        for end, step in (("", 0.0), ("_low", -0.1), ("_high", 0.1)):
            volume[f"share_{pole}{end}"] = share + more + step
    over_time = pd.concat(
        [make_shares(period=m, period_start=s, is_partial=False)
         for m, s in zip(months, starts, strict=True)],
        ignore_index=True,
    )  # fmt: skip
    by_group = pd.concat([make_shares(group=g) for g in ("north", HOSTILE)], ignore_index=True)
    quotes = [
        {"driver": d, "polarity": p, "rank": r, "typicality": 1 - r / 50, "doc_id": f"{d}{p}{r}",
         "text": f"前言。{HOSTILE}。", "start": 3, "end": 3 + len(HOSTILE), "clause": HOSTILE,
         "lang": "zh-Hans", "created_at": "2026-02-03", "segment": "north", "rating": 2.0}
        for d in DRIVERS for p in ("negative", "positive") for r in range(1, 4)
    ]  # fmt: skip
    arc = pd.DataFrame({"position": [0, 0.5, 1], "sentiment": [-0.4, -0.5, 0.1], "n": 24,
                        "low": [-0.6, -0.7, -0.1], "high": [-0.2, -0.3, 0.3]})  # fmt: skip
    return {
        "volume": volume,
        "driver_shares": make_shares(),
        "driver_shares_over_time": over_time,
        "driver_shares_by_group": by_group,
        "mix": pd.DataFrame(
            {"dimension": "lang", "value": ["zh-Hans", "en", None], "n": [9, 3, 1],
             "share": [0.75, 0.25, np.nan], "low": [0.4, 0.1, np.nan], "high": [0.9, 0.6, np.nan],
             "reason": [None, None, "no value"]}
        ),
        "quality": pd.DataFrame({"check": ["empty_texts"], "n": [3], "of": [200], "share": [0.015]}),
        "exemplars": pd.DataFrame(quotes),
        "terms": pd.DataFrame(
            {"driver": "service", "aspect": ["服务员", None], "opinion": ["态度差", HOSTILE],
             "polarity": "negative", "lang": "zh", "n": [12, 3], "share": [0.06, 0.015],
             "share_low": [0.04, 0.0], "share_high": [0.1, 0.03],
             "examples": [["a"], ["b"]], "example_clauses": [["服务员态度差"], [HOSTILE]]}
        ),
        "conversation_arc": arc,
        "findings": pd.DataFrame(
            {"rank": [1, 2, 3], "code": ["most_criticised", "change", "later_code"],
             "driver": ["product", "service", None], "polarity": ["negative", "negative", None],
             "group": None, "period": [None, "2026-04", None],
             "label": [None, "driver_share", HOSTILE], "estimate": [0.15, -0.05, 0.4],
             "low": [0.1, -0.08, np.nan], "high": [0.2, -0.02, np.nan], "n": [200, 49, 1],
             "unit": ["share", "share_change", "share"],
             "target": ["driver_shares", "changes", "quality"], "tone": ["bad", "good", "neutral"]}
        ),
    }  # fmt: skip


def make_material() -> Material:
    """Make a material with everything that is shown often."""
    outcome = analyze_outcome(
        make_ox(), "r_stars", drivers=DRIVERS, group="region", period="at", n_bootstrap=60
    )
    facts = {"title": "檐下 Reviews", "n_documents": 210, "n_texts": 200, "group": "region",
             "first_time": "2026-01-03", "last_time": "2026-04-30"}  # fmt: skip
    missing = {
        "gap": {"code": "needs_columns", "columns": ["expectation.service"],
                "reason": "no column of expectations", "remedy": "add one", "detail": ""},
        "servqual": ("no_such_code", ""),
        "changes": ("n below 30", "Bring more texts."),
    }  # fmt: skip
    return Material(make_tables(), {"r_stars": outcome}, facts, missing)
