"""Importance from correlations: worked vectors, published output of R, and what must always hold."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.drivers.from_correlations import importance_from_correlations
from nlp_cx.errors import AnalysisError

SIX = ["product", "service", "relationship", "price", "convenience", "brand"]
V6 = """1 .45 .30 .25 .35 .40 / .45 1 .50 .20 .40 .35 / .30 .50 1 .15 .25 .45
/ .25 .20 .15 1 .20 .10 / .35 .40 .25 .20 1 .15 / .40 .35 .45 .10 .15 1"""


def matrix(text):
    return np.array([[float(cell) for cell in row.split()] for row in text.split("/")])


# Recomputed with exact fractions: correlations, with the outcome, coefficients, R², relative
# weights, Shapley values.
VECTORS = {
    "V1": (
        "1 .5 / .5 1", [0.6, 0.5], [0.46667, 0.26667], 0.4133333,
        [0.2616667, 0.1516667], [0.2616667, 0.1516667],
    ),
    "V2": (
        "1 .5 .3 / .5 1 .4 / .3 .4 1", [0.6, 0.5, 0.2], [0.474194, 0.285484, -0.056452], 0.4159677,
        [0.2567661, 0.1457898, 0.0134118], [0.2559514, 0.1457316, 0.0142847],
    ),
    "V3 orthogonal": (
        "1 0 0 / 0 1 0 / 0 0 1", [0.6, 0.4, 0.2], [0.6, 0.4, 0.2], 0.56,
        [0.36, 0.16, 0.04], [0.36, 0.16, 0.04],
    ),
    "V4 collinear": (
        "1 .99 / .99 1", [0.6, 0.59], [0.798995, -0.201005], 0.3608040,
        [0.1863520, 0.1744520], [0.1863520, 0.1744520],
    ),
    "V5 suppressor": (
        "1 .7 0 / .7 1 0 / 0 0 1", [0.5, 0.2, 0.3], [0.705882, -0.294118, 0.3], 0.3841176,
        [0.2520588, 0.0420588, 0.09], [0.2520588, 0.0420588, 0.09],
    ),
    "V6 six drivers": (
        V6, [0.55, 0.60, 0.35, 0.30, 0.50, 0.40],
        [0.23096, 0.33828, -0.03850, 0.11523, 0.24673, 0.15801], 0.5376573,
        [0.1253459, 0.1634439, 0.0293265, 0.0378335, 0.1197446, 0.0619629],
        [0.1271400, 0.1680814, 0.0317373, 0.0356512, 0.1158577, 0.0591897],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VECTORS)
def test_worked_vectors(name):
    between, with_outcome, slopes, r2, weights, lmg = VECTORS[name]
    table = importance_from_correlations(matrix(between), with_outcome)
    assert table.lmg.to_numpy() == pytest.approx(lmg, abs=6e-8)
    assert table.relative_weight.to_numpy() == pytest.approx(weights, abs=6e-8)
    assert table.coefficient.to_numpy() == pytest.approx(slopes, abs=6e-6)
    assert table.fit[0] == pytest.approx(r2, abs=6e-8)
    assert table.share.sum() == pytest.approx(1)


def test_collinear_columns_show_in_vif_and_never_get_a_negative_part():
    table = importance_from_correlations(matrix("1 .99 / .99 1"), [0.6, 0.59])
    assert table.vif.round(2).tolist() == [50.25, 50.25]
    pratt = table.coefficient * [0.6, 0.59]
    assert pratt.round(3)[1] == -0.119
    assert (table[["lmg", "relative_weight"]] > 0).all(axis=None)


def correlations(name, outcome, columns):
    data = pd.read_csv(Path(__file__).parent / "r_tables" / f"{name}.csv")
    table = data[[*columns, outcome]].corr().to_numpy()
    return table[:-1, :-1], table[:-1, -1]


def test_shapley_is_lmg_of_relaimpo_on_swiss():
    # relaimpo 2.2-7 in R 4.4, calc.relimp(lm(Fertility ~ ., swiss), type = "lmg").
    columns = ["Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality"]
    table = importance_from_correlations(*correlations("swiss", "Fertility", columns))
    assert table.fit[0] == pytest.approx(0.706735001593, abs=1e-11)
    expected = [0.0570912207681, 0.1711730289002, 0.2601346786244, 0.1055701503735, 0.1127659229265]
    assert table.lmg.to_numpy() == pytest.approx(expected, abs=1e-12)
    rela = [0.0807816517357, 0.2422025632160, 0.3680795178364, 0.1493772773891, 0.1595589898228]
    assert table.share.to_numpy() == pytest.approx(rela, abs=1e-12)


def test_shapley_is_what_relaimpo_and_domir_print_in_the_readme_of_domir():
    # https://github.com/jluchman/domir, README: mpg ~ am + vs + cyl, data = mtcars.
    table = importance_from_correlations(*correlations("mtcars", "mpg", ["am", "vs", "cyl"]))
    assert table.fit[0] == pytest.approx(0.7619773, abs=5e-8)
    assert table.lmg.to_numpy() == pytest.approx([0.1774892, 0.2027032, 0.3817849], abs=5e-8)
    assert table["rank"].tolist() == [3, 2, 1]
    # relaimpo with rela = TRUE on datasets::trees, as printed in a public course (94.8 % explained).
    table = importance_from_correlations(*correlations("trees", "Volume", ["Girth", "Height"]))
    assert table.share.to_numpy() == pytest.approx([0.804561, 0.195439], abs=5e-7)


def test_relative_weights_are_those_of_rwa():
    # https://martinctc.github.io/rwa/articles/regression-methods.html, rwa_multiregress on mtcars.
    columns = ["cyl", "disp", "hp", "wt"]
    table = importance_from_correlations(*correlations("mtcars", "mpg", columns))
    expected = [0.2096904, 0.1883043, 0.1799590, 0.2706812]
    assert table.relative_weight.to_numpy() == pytest.approx(expected, abs=5e-8)


def drawn(seed, p, rank=None):
    """Make possible correlations of p columns and an outcome."""
    rng = np.random.default_rng(seed)
    data = rng.normal(size=(4 * p, p))
    if rank is not None:
        data = data[:, :rank] @ rng.normal(size=(rank, p))
    outcome = data @ rng.normal(size=p) + rng.normal(size=len(data)) * 2
    table = np.corrcoef(np.column_stack([data, outcome]).T)
    return table[:-1, :-1], table[:-1, -1]


def explained(between, with_outcome):
    return float(with_outcome @ np.linalg.pinv(between, rcond=1e-9) @ with_outcome)


@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 6))
def test_parts_are_not_negative_and_sum_to_r2_even_of_dependent_columns(seed, p, rank):
    between, with_outcome = drawn(seed, p, min(rank, p))
    table = importance_from_correlations(between, with_outcome)
    for parts in (table.lmg, table.relative_weight):
        assert parts.sum() == pytest.approx(explained(between, with_outcome), abs=1e-6)
        assert (parts > -1e-9).all()


@given(st.integers(0, 2**32), st.permutations(range(5)))
def test_order_of_columns_does_not_matter(seed, order):
    between, with_outcome = drawn(seed, 5)
    columns = ["lmg", "relative_weight", "vif", "coefficient"]
    first = importance_from_correlations(between, with_outcome)[columns].to_numpy()
    other = importance_from_correlations(between[np.ix_(order, order)], with_outcome[order])
    assert other[columns].to_numpy() == pytest.approx(first[order], abs=1e-9)


@given(st.integers(0, 2**32), st.integers(1, 4))
def test_a_duplicate_gets_the_same_part_and_has_no_coefficient(seed, p):
    between, with_outcome = drawn(seed, p)
    order = [0, *range(p)]
    table = importance_from_correlations(between[np.ix_(order, order)], with_outcome[order])
    assert table.lmg[0] == pytest.approx(table.lmg[1], abs=1e-9)
    assert table.relative_weight[0] == pytest.approx(table.relative_weight[1], abs=1e-9)
    assert table.coefficient[:2].isna().all()
    assert table.coefficient[2:].notna().all()
    assert np.isinf(table.condition_number).all()
    assert np.isinf(table.vif[:2]).all()
    assert np.isfinite(table.vif[2:]).all()
    assert table.lmg.sum() == pytest.approx(explained(between, with_outcome), abs=1e-9)


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_groups_and_controls_are_the_average_over_all_orders(seed):
    between, with_outcome = drawn(seed, 6)
    names = [f"x{j}" for j in range(6)]
    players = {"a": ["x5", "x0"], "b": ["x2"], "c": ["x3", "x1"]}
    table = importance_from_correlations(
        between, with_outcome, names=names, players=players, controls=["x4"]
    )

    def r2(chosen):
        used = [4] + [int(name[1]) for player in chosen for name in players[player]]
        return explained(between[np.ix_(used, used)], with_outcome[used])

    orders = list(permutations(players))
    gains = dict.fromkeys(players, 0.0)
    for order in orders:
        for i, player in enumerate(order):
            gains[player] += (r2(order[: i + 1]) - r2(order[:i])) / len(orders)
    assert dict(zip(table.driver, table.lmg, strict=True)) == pytest.approx(gains, abs=1e-9)
    assert table.fit_controls[0] == pytest.approx(r2([]), abs=1e-9)
    assert table.relative_weight.sum() == pytest.approx(table.lmg.sum(), abs=1e-9)


def test_vif_of_one_column_is_one_through_one_less_r2():
    between, with_outcome = drawn(3, 4)
    table = importance_from_correlations(between, with_outcome)
    assert table.vif.to_numpy() == pytest.approx(np.diag(np.linalg.inv(between)))


def test_names_of_a_frame_are_kept_and_the_note_says_association():
    frame = pd.DataFrame(matrix(V6), columns=SIX, index=SIX)
    table = importance_from_correlations(frame, VECTORS["V6 six drivers"][1])
    assert table.driver.tolist() == SIX
    assert table.attrs["note"] == NOTE


def test_an_outcome_that_goes_with_nothing_has_no_shares():
    table = importance_from_correlations(np.eye(2), [0, 0])
    assert table.lmg.tolist() == [0, 0]
    assert table.share.isna().all()


@pytest.mark.parametrize(
    ("between", "with_outcome", "message"),
    [
        ([[1, 0.9], [0.9, 1]], [0.9, -0.9], "contradict each other"),
        ([[1, 0.5], [0.4, 1]], [0.1, 0.1], r"not symmetric: 0.5 in row 1, column 2, but 0.4"),
        ([[4, 0.5], [0.5, 1]], [0.1, 0.1], "not between -1 and 1"),
        ([[0.5, 0.5], [0.5, 1]], [0.1, 0.1], "diagonal"),
        ([[1, np.nan], [np.nan, 1]], [0.1, 0.1], "missing"),
        ([[1, 0.5], [0.5, 1]], [0.1], r"shape \(2, 2\)"),
        (np.empty((0, 0)), [], "shape"),
    ],
)
def test_what_cannot_be_correlations_is_refused(between, with_outcome, message):
    with pytest.raises(AnalysisError, match=message):
        importance_from_correlations(between, with_outcome)


def test_wrong_names_are_refused():
    with pytest.raises(AnalysisError, match=r"\['x9'\] are unknown"):
        importance_from_correlations(np.eye(2), [0.1, 0.2], players={"a": ["x9"]})
    with pytest.raises(AnalysisError, match=r"\['x1'\] are unknown or used twice"):
        importance_from_correlations(np.eye(2), [0.1, 0.2], players={"a": ["x1"]}, controls=["x1"])
    with pytest.raises(AnalysisError, match="1 distinct names for 2"):
        importance_from_correlations(np.eye(2), [0.1, 0.2], names=["a", "a"])


def test_too_many_drivers_are_refused_with_the_number_of_models():
    with pytest.raises(AnalysisError, match=r"65,536 models"):
        importance_from_correlations(np.eye(16), np.full(16, 0.1))
