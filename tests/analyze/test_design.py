import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.design import build_design
from nlp_cx.errors import AnalysisError, SchemaError


def _ox(n=12, **columns):
    base = {
        "r_stars": np.tile([1.0, 5.0, 4.0], n // 3),
        "x_n_texts": 1,
        "x_price_negative": np.tile([1, 0, 0], n // 3),
        "x_price_positive": np.tile([0, 1, 0], n // 3),
    }
    return pd.DataFrame(base | columns)


def test_every_column_that_is_missing_is_named():
    with pytest.raises(SchemaError, match="'x_price_negative', 'x_price_positive', 'store'"):
        build_design(
            pd.DataFrame({"y": [1], "x_n_texts": [1]}), "y", drivers=["price"], controls=["store"]
        )


def test_rows_left_out_are_counted_by_their_first_reason():
    ox = _ox(15)
    ox.loc[0, "r_stars"] = np.nan
    ox.loc[[0, 1], "x_n_texts"] = 0
    ox["w"] = 1.0
    ox.loc[2, "w"] = 0
    design = build_design(ox, "r_stars", drivers=["price"], weights="w")
    assert design.left_out == {"no r_stars": 1, "no text": 1, "w is 0": 1}
    assert design.rows.tolist() == list(range(3, 15))


def test_a_share_is_of_the_texts_of_the_unit():
    ox = _ox(x_n_texts=4)
    share = build_design(ox, "r_stars", drivers=["price"]).mentions
    anything = build_design(ox, "r_stars", drivers=["price"], coding="any").mentions
    assert share[:2].tolist() == [[0.25, 0], [0, 0.25]]
    assert anything[:2].tolist() == [[1, 0], [0, 1]]


def test_categories_are_coded_against_the_most_frequent():
    ox = _ox(store=["a", "b", "b", "c"] * 3, age=range(12))
    design = build_design(ox, "r_stars", drivers=["price"], controls=["store", "age"])
    assert design.control_names == ("store=a", "store=c", "age")
    assert design.controls[:2].tolist() == [[1, 0, 0], [0, 0, 1]]


def test_a_row_without_a_customer_is_a_cluster_of_its_own():
    ox = _ox(customer=["a", None, "a", None] * 3)
    design = build_design(ox, "r_stars", drivers=["price"], cluster="customer")
    assert design.n_clusters == 7
    assert design.clusters[0] == design.clusters[2] != design.clusters[1] != design.clusters[3]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"r_stars": 3.0}, "is 3 in all 12 rows"),
        ({"r_stars": np.nan}, r"0 of 12 rows can be analysed \(12 no r_stars\)"),
        ({"w": -1.0}, "12 are negative"),
    ],
)
def test_a_table_that_can_explain_nothing_is_refused(change, message):
    ox = _ox(w=1.0) if "w" not in change else _ox()
    with pytest.raises(AnalysisError, match=message):
        build_design(ox.assign(**change), "r_stars", drivers=["price"], weights="w")


def test_weights_have_mean_1_and_the_table_is_not_changed():
    ox = _ox(w=np.arange(1.0, 13))
    before = ox.copy()
    assert build_design(
        ox, "r_stars", drivers=["price"], weights="w"
    ).weights.mean() == pytest.approx(1)
    pd.testing.assert_frame_equal(ox, before)
