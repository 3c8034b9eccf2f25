"""What nlp-cx join does to one row per order, with pandas and without any check: for comparison."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

DRIVERS = ("product", "service", "relationship", "price", "convenience", "brand")


def join_with_pandas(folder: Path) -> None:
    """Do the same with pandas."""
    scored = pd.read_parquet(folder / "scored.parquet")
    has_text = scored["sentiment_score"].notna()
    sums = {"x_sentiment": ("sentiment_score", "mean"), "x_mixed": ("mixed", "mean")}
    sums |= {"x_n_documents": ("doc_id", "size"), "x_n_texts": ("sentiment_score", "count")}
    sums |= {"x_worst_sentiment": ("sentiment_score", "min"), "x_loyalty": ("loyal", "mean")}
    sums |= {f"x_{end}_at": ("created_at", end) for end in ("min", "max")}
    sums |= {f"x_{end}_sentiment": ("sentiment_score", end) for end in ("first", "last")}
    scored["loyal"] = scored["loyalty"].map({"positive": 1.0, "negative": -1.0}).astype(float)
    scored["mixed"] = scored["mixed"].astype(float)
    for driver in DRIVERS:
        for polarity in ("negative", "neutral", "positive"):
            words = [polarity] if polarity == "neutral" else [polarity, "mixed"]
            name = f"x_{driver}_{polarity}"
            scored[name] = (scored[driver].isin(words) & has_text).astype(np.int8)
            sums[name] = (name, "sum")
        sums[f"x_{driver}_score"] = (f"{driver}_score", "mean")
    units = scored.sort_values("created_at").groupby("interaction_id").agg(**sums).reset_index()
    orders = pd.read_parquet(folder / "orders.parquet")
    ox = units.merge(orders, left_on="interaction_id", right_on="order_no", how="left")
    ox.sort_values("interaction_id").to_parquet(folder / "ox.parquet", compression="zstd")


if __name__ == "__main__":
    join_with_pandas(Path(sys.argv[1]))
