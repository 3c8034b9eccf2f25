"""Customers of the BG/NBD world, and those of CDNOW where the package that ships them is there."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


def simulate_orders(n, *, r, alpha, a, b, p, q, gamma, weeks, seed):
    """Let customers buy and leave as the two models have it; all come on the first day."""
    rng = np.random.default_rng(seed)
    rate, leaves = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    worth = rng.gamma(q, 1 / gamma, n)
    rows = []
    for i in range(n):
        at = 0.0
        while at <= weeks:
            rows.append((i, at, rng.gamma(p, 1 / worth[i])))
            if at > 0 and rng.random() < leaves[i]:
                break
            at += rng.exponential(1 / rate[i])
    orders = pd.DataFrame(rows, columns=["who", "week", "spent"])
    orders["at"] = pd.Timestamp("2023-01-02") + pd.to_timedelta(7 * orders["week"], unit="D")
    return orders


@pytest.fixture(scope="session")
def simulate():
    return simulate_orders


@pytest.fixture(scope="session")
def cdnow():
    """Give the orders of the 2,357 customers of CDNOW, which the package lifetimes ships."""
    found = importlib.util.find_spec("lifetimes")
    if found is None:
        pytest.skip("the CDNOW orders come with the package lifetimes (pip install lifetimes)")
    file = Path(found.submodule_search_locations[0]) / "datasets" / "CDNOW_sample.txt"
    orders = pd.read_csv(file, sep=r"\s+", header=None, names=["no", "who", "at", "cds", "spent"])
    orders["at"] = pd.to_datetime(orders["at"].astype(str), format="%Y%m%d")
    return orders


@pytest.fixture(scope="session")
def cdnow_summary(cdnow):
    from nlp_cx.analyze.metrics.purchases import summarize_purchases

    return summarize_purchases(cdnow, "who", "at", value="spent", until="1997-09-30")
