"""Tables come together by a contract: nothing multiplies, nothing is lost without a word."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nlp_cx
from nlp_cx.column_roles import read_roles, set_roles
from nlp_cx.errors import InputError, JoinError, SchemaError
from nlp_cx.join.ox import join_ox, open_join
from nlp_cx.join.spec import JoinSpec, LookupSpec, TableSpec

ORDERS = pd.DataFrame(
    {"order_no": ["A", "B", "C"], "store": ["n", "s", "s"], "amount": [1.5, 2.25, 4.0]}
)
ON_ORDER = ("interaction_id=order_no",)


def spec_of(**tables):
    """Join tables on the order number."""
    return JoinSpec(tables={name: TableSpec(on=ON_ORDER, **rest) for name, rest in tables.items()})


def test_the_join_is_at_hand_in_the_package():
    assert nlp_cx.join_ox is join_ox


def test_ratings_and_operations_get_their_prefix_and_stand_behind_the_experience(make_scored):
    ratings = pd.DataFrame({"order_no": ["A"], "nps": [9]})
    ox, summary = join_ox(
        make_scored({}, {"interaction_id": "B"}),
        {"orders": ORDERS, "ratings": ratings},
        spec_of(orders={}, ratings={}),
    )
    assert ox.columns[0] == "interaction_id"
    assert list(ox.columns[-3:]) == ["r_nps", "o_store", "o_amount"]
    assert ox["r_nps"].tolist() == [9, pd.NA]
    assert ox["r_nps"].dtype == "Int64"
    orders = summary.tables[0]
    assert (orders.cardinality, orders.asserted) == ("1:1", None)
    assert (orders.n_units_matched, orders.n_rows_matched) == (2, 2)
    assert orders.unmatched_rows == ("C",)
    assert summary.tables[1].unmatched_units == ("B",)


def test_a_review_of_three_order_lines_stops_with_numbers_and_ways_out(make_scored):
    lines = pd.DataFrame({"order_no": ["A", "A", "A", "B"], "amount": [1.0, 2.0, 4.0, 8.0]})
    with pytest.raises(JoinError) as stop:
        join_ox(make_scored({}, {"interaction_id": "B"}), {"lines": lines}, spec_of(lines={}))
    message = str(stop.value)
    assert "1 of 2 units have several rows (up to 3, e.g. A with 3 rows)" in message
    assert "2 rows into 4" in message
    assert "--take lines:o_amount=amount:sum" in message
    assert "--allow-many" in message


def test_order_lines_are_summarised_so_that_nps_counts_once(make_scored):
    lines = pd.DataFrame(
        {"order_no": ["A", "A", "A", "B"], "amount": [0.1, 0.2, 0.3, 8.0], "sku": list("xxyz")}
    )
    ratings = pd.DataFrame({"order_no": ["A", "B"], "nps": [0, 10]})
    columns = {"o_amount": "amount:sum", "o_skus": "sku:n_distinct", "o_top": "amount:max"}
    ox, summary = join_ox(
        make_scored({}, {"interaction_id": "B"}),
        {"lines": lines, "ratings": ratings},
        spec_of(lines={"columns": columns}, ratings={}),
    )
    assert ox["r_nps"].tolist() == [0, 10]
    assert ox[["o_amount", "o_skus", "o_top", "o_n_lines"]].to_numpy().tolist() == [
        [0.1 + 0.2 + 0.3, 2, 0.3, 3],
        [8.0, 1, 8.0, 1],
    ]
    assert (summary.tables[0].cardinality, summary.tables[0].is_aggregated) == ("1:m", True)


def test_rows_multiply_only_when_allowed_and_carry_a_weight_that_undoes_it(make_scored):
    lines = pd.DataFrame({"order_no": ["A", "A", "A", "B"], "sku": list("zxyx")})
    ratings = pd.DataFrame({"order_no": ["A", "B"], "nps": [0, 10]})
    spec = JoinSpec(
        tables={"lines": TableSpec(on=ON_ORDER), "ratings": TableSpec(on=ON_ORDER)},
        allow_many=True,
    )
    ox, summary = join_ox(
        make_scored({}, {"interaction_id": "B"}), {"lines": lines, "ratings": ratings}, spec
    )
    assert ox["o_sku"].tolist() == ["x", "y", "z", "x"]
    assert (summary.n_units, summary.n_rows, summary.n_documents) == (2, 4, 2)
    assert (ox["w_fan_out"] * ox["x_n_documents"]).sum() == summary.n_documents
    assert (ox["w_fan_out"] * ox["r_nps"]).sum() / ox["w_fan_out"].sum() == pytest.approx(5)
    assert "2 units became 4 rows" in summary.notes[0]
    assert read_roles(ox)["w_fan_out"] == "weight"


def test_a_column_without_a_rule_must_have_one_value(make_scored):
    lines = pd.DataFrame({"order_no": ["A", "A"], "amount": [1.0, 2.0], "store": ["n", "s"]})
    columns = {"o_amount": "amount:sum", "o_store": "store"}
    with pytest.raises(JoinError, match=r"store has several values in 1 of 1 groups .* e\.g\. A"):
        join_ox(make_scored({}), {"lines": lines}, spec_of(lines={"columns": columns}))


@pytest.mark.parametrize(
    ("table", "asserted", "message"),
    [
        (["A", "A"], "1:1", r"asserted 1:1 .* found 1:m: 1 units have several rows"),
        (["A", "A"], "m:1", r"asserted m:1 .* found 1:m"),
    ],
)
def test_an_assertion_that_does_not_hold_stops(make_scored, table, asserted, message):
    orders = pd.DataFrame({"order_no": table})
    with pytest.raises(JoinError, match=message):
        join_ox(make_scored({}), {"o": orders}, spec_of(o={"cardinality": asserted}))


def test_units_that_share_a_row_break_an_asserted_one_to_one(make_scored):
    scored = make_scored({"customer_id": "c"}, {"interaction_id": "B", "customer_id": "c"})
    customers = pd.DataFrame({"customer_id": ["c"], "segment": ["key"]})
    spec = JoinSpec(tables={"customers": TableSpec(on=("customer_id",))})
    ox, summary = join_ox(scored, {"customers": customers}, spec)
    assert (summary.tables[0].cardinality, summary.tables[0].most_units_per_row) == ("m:1", 2)
    assert ox["o_segment"].tolist() == ["key", "key"]
    spec = JoinSpec(tables={"customers": TableSpec(on=("customer_id",), cardinality="1:1")})
    with pytest.raises(JoinError, match="up to 2 units share one row"):
        join_ox(scored, {"customers": customers}, spec)


def test_silent_customers_are_kept_when_the_join_is_asked_from_their_side(make_scored):
    spec = JoinSpec(keep="orders", tables={"orders": TableSpec(on=ON_ORDER)})
    scored = make_scored({}, {"interaction_id": "Z"})
    ox, summary = join_ox(scored, {"orders": ORDERS}, spec)
    assert ox["interaction_id"].tolist() == ["A", "B", "C"]
    assert ox["x_n_documents"].tolist() == [1, 0, 0]
    assert ox["x_n_texts"].tolist() == [1, 0, 0]
    experience = [name for name in ox if name.startswith("x_") and not name.startswith("x_n_")]
    assert ox.loc[1:, experience].isna().all(axis=None)
    assert (summary.n_silent, summary.n_documents, summary.n_documents_left_out) == (2, 1, 1)
    assert summary.coverage[0].share_with_text == pytest.approx(1 / 3)


def test_all_keeps_both_sides(make_scored):
    spec = JoinSpec(keep="all", tables={"orders": TableSpec(on=ON_ORDER)})
    ox, summary = join_ox(make_scored({"interaction_id": "Z"}), {"orders": ORDERS}, spec)
    assert ox["interaction_id"].tolist() == ["A", "B", "C", "Z"]
    assert summary.n_documents_left_out == 0


def test_rows_can_come_only_from_a_table_of_units(make_scored):
    scored = make_scored({"customer_id": "c"})
    spec = JoinSpec(keep="customers", tables={"customers": TableSpec(on=("customer_id",))})
    with pytest.raises(JoinError, match="its rows are not the units"):
        join_ox(scored, {"customers": pd.DataFrame({"customer_id": ["c"]})}, spec)


def test_silent_units_find_their_customer_through_the_table_they_come_from(make_scored):
    orders = pd.DataFrame({"order_no": ["A", "B"], "customer_id": ["c1", "c2"]})
    customers = pd.DataFrame({"customer_id": ["c1", "c2"], "segment": ["new", "key"]})
    spec = JoinSpec(
        keep="orders",
        tables={
            "customers": TableSpec(on=("customer_id",)),
            "orders": TableSpec(on=ON_ORDER),
        },
    )
    ox, summary = join_ox(
        make_scored({"customer_id": "c1"}), {"orders": orders, "customers": customers}, spec
    )
    assert ox["customer_id"].tolist() == ["c1", "c2"]
    assert ox["o_segment"].tolist() == ["new", "key"]
    assert [table.name for table in summary.tables] == ["orders", "customers"]
    assert read_roles(ox) == {"customer_id": "customer"}


def test_documents_and_table_that_name_different_customers_stop(make_scored):
    orders = pd.DataFrame({"order_no": ["A"], "customer_id": ["c1"]})
    customers = pd.DataFrame({"customer_id": ["c1", "c2"]})
    tables = {"orders": TableSpec(on=ON_ORDER), "customers": TableSpec(on=("customer_id",))}
    scored = make_scored({"customer_id": "c2"})
    frames = {"orders": orders, "customers": customers}
    with pytest.raises(
        JoinError, match=r"customer_id: the documents and orders .* 1 units, e\.g\. A"
    ):
        join_ox(scored, frames, JoinSpec(tables=tables))
    tables["customers"] = TableSpec(on=("o_customer_id=customer_id",))
    ox, _ = join_ox(scored, frames, JoinSpec(tables=tables))
    assert ox["o_customer_id"].tolist() == ["c1"]


def test_one_row_per_customer(make_scored):
    scored = make_scored(
        {"customer_id": 2, "score": 1.0}, {"customer_id": 10, "interaction_id": "B"},
        {"customer_id": 2, "interaction_id": "C", "score": 0.0},
    )  # fmt: skip
    customers = pd.DataFrame({"customer_id": [10, 2, 7], "churned": [True, False, True]})
    spec = JoinSpec(grain=("customer_id",), keep="customers")
    ox, summary = join_ox(scored, {"customers": customers}, spec)
    assert ox["customer_id"].tolist() == [2, 7, 10]
    assert ox["x_n_documents"].tolist() == [2, 0, 1]
    assert ox["x_sentiment"].iloc[0] == 0.5
    assert ox["o_churned"].tolist() == [False, True, True]
    assert summary.grain == ("customer_id",)


def test_a_column_of_the_scored_table_is_carried_where_it_is_constant(make_scored):
    scored = make_scored({"stars": 4}, {"stars": None}, {"interaction_id": "B", "stars": None})
    ox, summary = join_ox(scored, {}, JoinSpec(carry={"r_stars": "stars"}))
    assert ox["r_stars"].tolist()[0] == 4
    assert ox["r_stars"].isna().tolist() == [False, True]
    assert summary.scored.not_carried == ()


def test_a_carried_column_with_several_values_stops_with_numbers(make_scored):
    scored = make_scored({"stars": 4}, {"stars": 5}, {"interaction_id": "B", "stars": 1})
    with pytest.raises(JoinError, match=r"stars has several values in 1 of 2 units, e\.g\. A: '4"):
        join_ox(scored, {}, JoinSpec(carry={"r_stars": "stars"}))
    ox, _ = join_ox(scored, {}, JoinSpec(carry={"r_stars": "stars:mean"}))
    assert ox["r_stars"].tolist() == [4.5, 1.0]


@pytest.mark.parametrize(
    ("how", "value"), [("sum", 9), ("min", 4), ("max", 5), ("first", 5), ("last", 4), ("count", 2)]
)
def test_carried_columns_are_summarised_by_name(make_scored, how, value):
    rows = [{"stars": 4, "created_at": "2025-01-02"}, {"stars": 5, "created_at": "2025-01-01"}]
    ox, _ = join_ox(make_scored(*rows), {}, JoinSpec(carry={"r_stars": f"stars:{how}"}))
    assert ox["r_stars"].tolist() == [value]


def test_cells_that_are_texts_become_numbers_only_where_nothing_is_lost(make_scored):
    scored = make_scored({"stars": "4", "shop": "007"}, {"stars": "", "shop": "007"})
    carry = {"r_stars": "stars", "o_shop": "shop"}
    ox, _ = join_ox(scored, {}, JoinSpec(carry=carry))
    assert ox[["r_stars", "o_shop"]].to_numpy(object).tolist() == [[4, "007"]]


def test_store_and_month_in_the_time_of_the_store(make_scored):
    times = ["2025-01-31T15:59:59Z", "2025-01-31T16:00:00Z", "2025-02-10T00:00:00Z"]
    scored = make_scored(
        *(
            {"interaction_id": key, "at": pd.Timestamp(at)}
            for key, at in zip("ABC", times, strict=True)
        )
    )
    sales = pd.DataFrame(
        {
            "store": ["n", "s", "s", "w"],
            "sold_at": pd.to_datetime(["2025-01-05", "2025-02-27", "2025-02-28", "2025-02-01"]),
            "amount": [1.0, 2.0, 4.0, 8.0],
        }
    )
    spec = JoinSpec(
        grain=("store",),
        period="month",
        time="at",
        time_zone="Asia/Shanghai",
        keep="sales",
        lookups={"orders": LookupSpec(on=ON_ORDER, columns=("store",))},
        tables={
            "sales": TableSpec(on=("store",), time="sold_at", columns={"o_amount": "amount:sum"})
        },
    )
    ox, summary = join_ox(scored, {"orders": ORDERS, "sales": sales}, spec)
    columns = ["store", "period", "x_n_documents", "o_amount"]
    rows = ox[columns].astype({"period": str}).to_numpy(object).tolist()
    assert rows == [
        ["n", "2025-01-01", 1, 1.0],
        ["s", "2025-02-01", 2, 6.0],
        ["w", "2025-02-01", 0, 8.0],
    ]
    assert summary.lookups[0].n_matched == 3
    assert summary.tables[0].on == ("store", "period of sold_at")
    assert read_roles(ox) == {"period": "time"}


def test_a_period_needs_the_name_of_its_zone(make_scored):
    with pytest.raises(JoinError, match=r"a grain by month needs the zone .*\n.*needs the time"):
        join_ox(make_scored({}), {}, JoinSpec(period="month"))


def test_a_lookup_of_two_minds_stops(make_scored):
    orders = pd.DataFrame({"order_no": ["A", "A"], "store": ["n", "s"]})
    spec = JoinSpec(
        grain=("store",), lookups={"orders": LookupSpec(on=ON_ORDER, columns=("store",))}
    )
    with pytest.raises(JoinError, match=r"1 keys have up to 2 different store, e\.g\. 'A'"):
        join_ox(make_scored({}), {"orders": orders}, spec)
    same = orders.assign(store="n")
    assert join_ox(make_scored({}), {"orders": same}, spec)[0]["store"].tolist() == ["n"]


def test_composite_keys(make_scored):
    scored = make_scored(
        {"store": "n", "day": "1"}, {"interaction_id": "B", "store": "n", "day": "2"}
    )
    staff = pd.DataFrame({"shop": ["n", "n", "s"], "day": ["1", "2", "1"], "staff": [3, 5, 9]})
    spec = JoinSpec(grain=("store", "day"), tables={"staff": TableSpec(on=("store=shop", "day"))})
    ox, summary = join_ox(scored, {"staff": staff}, spec)
    assert ox["o_staff"].tolist() == [3, 5]
    assert summary.tables[0].unmatched_rows == ("s / 1",)


def test_mistakes_of_a_specification_are_said_at_once(make_scored):
    spec = JoinSpec(
        carry={"stars": "stars"},
        tables={"orders": TableSpec(on=ON_ORDER, time="sent", columns={"o_x": "store:mean"})},
    )
    with pytest.raises(JoinError) as stop:
        join_ox(make_scored({}), {"orders": ORDERS}, spec)
    message = str(stop.value)
    assert message.startswith("3 mistakes in the join.")
    assert "scored has no column 'stars' (for stars)" in message
    assert "orders has no column 'sent' (time)" in message
    assert "o_x: mean of orders.store, which holds VARCHAR, not numbers" in message


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (JoinSpec(tables={"oders": TableSpec()}), "there is no table 'oders'; given: orders"),
        (JoinSpec(keep="ordes"), "keep is 'ordes'"),
        (JoinSpec(grain="store"), "grain is 'store', expected a tuple of names"),
        (JoinSpec(), "orders: no key is named .*it has order_no, store, amount"),
        (
            JoinSpec(grain=("store",)),
            r"no column 'store' of the grain. .*--lookup orders:KEY:store",
        ),
        (spec_of(orders={"time_zone": "Mars/Base"}), "there is no time zone 'Mars/Base'"),
        (
            JoinSpec(tables={"orders": TableSpec(on=("customer=order_no",))}),
            "'customer' is no column of the scored table",
        ),
    ],
)
def test_names_that_are_not_there_are_named_with_those_that_are(make_scored, spec, message):
    with pytest.raises(JoinError, match=message):
        join_ox(make_scored({}), {"orders": ORDERS}, spec)


def test_roles_are_carried_from_the_tables_and_through_parquet(make_scored, tmp_path):
    orders = set_roles(ORDERS, {"store": "group", "amount": "control"})
    pq.write_table(pa.Table.from_pandas(orders), tmp_path / "orders.parquet")
    spec = JoinSpec(tables={"orders": TableSpec(on=ON_ORDER)}, roles={"o_amount": "outcome"})
    for table in (orders, tmp_path / "orders.parquet"):
        with open_join(make_scored({}), {"orders": table}, spec) as join:
            written = pa.Table.from_batches(join.batches, join.schema)
        pq.write_table(written, tmp_path / "ox.parquet")
        back = read_roles(pq.read_table(tmp_path / "ox.parquet"))
        assert back == {"o_store": "group", "o_amount": "outcome"} == join.summary.roles


def test_a_role_of_a_column_that_is_not_there_is_refused(make_scored):
    with pytest.raises(SchemaError, match="roles: no column 'r_nps'"):
        join_ox(make_scored({}), {}, JoinSpec(roles={"r_nps": "outcome"}))
    with pytest.raises(SchemaError, match="is none of outcome"):
        join_ox(make_scored({}), {}, JoinSpec(roles={"x_sentiment": "target"}))


def test_frames_tables_and_files_give_the_same(make_scored, tmp_path):
    scored = make_scored({"stars": 5}, {"interaction_id": "B", "stars": 3})
    arrow = {"scored": pa.Table.from_pandas(scored), "orders": pa.Table.from_pandas(ORDERS)}
    paths = {name: tmp_path / f"{name}[1].parquet" for name in arrow}  # a pattern, to some
    for name, table in arrow.items():
        pq.write_table(table, paths[name])
    spec = JoinSpec(tables={"orders": TableSpec(on=ON_ORDER)}, carry={"r_stars": "stars"})
    expected = join_ox(scored, {"orders": ORDERS}, spec)[0]
    for tables in (arrow, paths):
        found = join_ox(tables["scored"], {"orders": tables["orders"]}, spec)[0]
        pd.testing.assert_frame_equal(found, expected)


def test_inputs_are_not_changed_and_categories_come_back(make_scored):
    scored = make_scored({"stars": 5})
    size = pd.CategoricalDtype(["S", "M", "L"], ordered=True)
    orders = ORDERS.assign(size=pd.Categorical(["L", "S", None], dtype=size))
    before = scored.copy(), orders.copy()
    ox, _ = join_ox(scored, {"orders": orders}, spec_of(orders={}))
    assert ox["o_size"].dtype == size
    pd.testing.assert_frame_equal(scored, before[0])
    pd.testing.assert_frame_equal(orders, before[1])


def test_times_and_numbers_keep_their_types(make_scored):
    orders = pa.table(
        {
            "order_no": ["A"],
            "at": pa.array([0], pa.timestamp("ns", "Asia/Shanghai")),
            "day": pa.array([0], pa.date32()),
            "n": pa.array([7], pa.uint8()),
            "paid": pa.array([b"x"], pa.binary()),
            "none": pa.nulls(1),
            "tags": [["a", "b"]],
        }
    )
    with open_join(make_scored({}), {"orders": orders}, spec_of(orders={})) as join:
        table = pa.Table.from_batches(join.batches, join.schema)
    for name in ("at", "day", "n", "paid", "tags"):
        assert table[f"o_{name}"].type == orders[name].type
        assert table[f"o_{name}"].to_pylist() == orders[name].to_pylist()
    assert table["o_none"].type == pa.string()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "several columns are named 'a'"),
        (pd.DataFrame({0: [1]}), "columns 0 have no name of text"),
        ([1, 2], "got list, expected a DataFrame"),
        ("orders.csv", "orders.csv is no parquet file"),
        ("missing.parquet", "missing.parquet cannot be read"),
    ],
)
def test_what_is_no_table_is_refused(make_scored, table, message):
    with pytest.raises(InputError, match=message):
        join_ox(make_scored({}), {"orders": table}, spec_of(orders={}))


def test_whole_numbers_of_two_widths_keep_what_they_hold(make_scored):
    scored = make_scored({}).assign(interaction_id=pd.Series([1], dtype="int32"))
    orders = pd.DataFrame({"interaction_id": [1, 2**40], "amount": [1.0, 2.0]})
    spec = JoinSpec(keep="orders")
    ox, _ = join_ox(scored, {"orders": orders}, spec)
    assert ox["interaction_id"].tolist() == [1, 2**40]
    unsigned = orders.assign(interaction_id=pd.Series([1, 2**64 - 1], dtype="uint64"))
    ox, _ = join_ox(scored, {"orders": unsigned}, spec)
    assert ox["interaction_id"].tolist() == ["1", str(2**64 - 1)]


def test_sums_that_no_whole_number_holds_are_refused(make_scored):
    orders = pd.DataFrame({"order_no": ["A", "A"], "n": [2**62, 2**62]})
    with pytest.raises(JoinError, match="a value does not fit"):
        join_ox(make_scored({}), {"o": orders}, spec_of(o={"columns": {"o_n": "n:sum"}}))


HOSTILE = ['"; DROP TABLE units; --', "a'b", "select", "ID", "id", "a=b", "x:sum", "c0", " ", "🙂"]


def test_hostile_names_are_names(make_scored):
    orders = pd.DataFrame([["A", *range(len(HOSTILE))]], columns=["order'; --", *HOSTILE])
    scored = make_scored({'rate "1"': 5, "id": 1, "ID": 2})
    spec = JoinSpec(
        tables={'or"ders': TableSpec(on=("interaction_id=order'; --",))},
        carry={"r_'": 'rate "1"', "o_ID": "ID"},
    )
    ox, _ = join_ox(scored, {'or"ders': orders}, spec)
    assert ox[["r_'", "o_ID"]].to_numpy().tolist() == [[5, 2]]
    assert ox['o_"; DROP TABLE units; --'].tolist() == [0]
    assert ox['o_or"ders_ID'].tolist() == [3]  # o_ID was taken
    spec = JoinSpec(
        tables={"t": TableSpec(on=("interaction_id=order'; --",), columns={"o_s": "x:sum:sum"})}
    )
    assert join_ox(scored, {"t": orders}, spec)[0]["o_s"].tolist() == [6]


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.sampled_from("ABC"), min_size=1, max_size=8),
    st.lists(st.sampled_from("ABCD"), max_size=8),
    st.sampled_from(["scored", "lines", "all"]),
)
def test_documents_are_never_multiplied_nor_lost(make_scored, documents, lines, keep):
    scored = make_scored(*({"interaction_id": key} for key in documents))
    table = pd.DataFrame({"order_no": pd.Series(lines, dtype="str"), "amount": 1.0})
    spec = JoinSpec(
        keep=keep,
        tables={"lines": TableSpec(on=ON_ORDER, columns={"o_amount": "amount:sum"})},
    )
    ox, summary = join_ox(scored, {"lines": table}, spec)
    kept = [key for key in documents if keep != "lines" or key in lines]
    assert ox["x_n_documents"].sum() == len(kept) == summary.n_documents
    assert ox["interaction_id"].is_unique
    there = [key for key in lines if keep != "scored" or key in documents]
    assert ox["o_amount"].sum() == ox["o_n_lines"].sum() == len(there)


def test_a_join_that_spills_is_whole_and_one_that_cannot_says_what_to_raise(make_scored):
    keys = [f"k{i:05d}" for i in range(20_000)]
    scored = make_scored({"price": ("negative", -0.5)}, {}).iloc[[0, 1] * 10_000]
    scored = scored.assign(doc_id=range(20_000), interaction_id=keys)
    ox, _ = join_ox(scored, {}, memory_limit="40MB", threads=2)
    assert ox["interaction_id"].tolist() == keys
    assert ox["x_price_negative"].tolist() == [1, 0] * 10_000
    with pytest.raises(JoinError, match=r"more than its memory limit of 10MB.*--memory-limit 4GB"):
        join_ox(scored, {}, memory_limit="10MB", threads=2)


def test_the_same_bytes_for_any_number_of_threads_and_order_of_rows(make_scored, tmp_path):
    keys = [f"K{i % 40:02d}" for i in range(400)]
    scored = make_scored(*({"interaction_id": key, "score": i / 401} for i, key in enumerate(keys)))
    lines = pd.DataFrame({"order_no": keys * 3, "amount": [1 / (i + 1) for i in range(1200)]})
    columns = {"o_amount": "amount:sum", "o_mean": "amount:mean"}
    spec = spec_of(lines={"columns": columns})
    found = set()
    for threads, seed in ((1, 0), (4, 1), (2, 2)):
        shuffled = [t.sample(frac=1, random_state=seed) for t in (scored, lines)]
        with open_join(shuffled[0], {"lines": shuffled[1]}, spec, threads=threads) as join:
            table = pa.Table.from_batches(join.batches, join.schema).combine_chunks()
        pq.write_table(table, tmp_path / "ox.parquet")
        found.add((tmp_path / "ox.parquet").read_bytes())
    assert len(found) == 1
