"""Columns of any type, with cells that are built to slip through."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp_cx.text.privacy import mask_text
from nlp_cx.text.privacy_columns import count_pii, mask_column
from nlp_cx.text.privacy_names import may_hold_names, personal_kind

STRINGS = [
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.dictionary(pa.int8(), pa.string()),
]


@pytest.mark.parametrize("kind", STRINGS, ids=str)
def test_strings_of_any_type_are_masked_and_keep_it(kind):
    cells = ["找王先生 13900139000", None, "", "很好", "很好", "a.b@example.com"]
    masked = mask_column(pa.array(cells, pa.string()).cast(kind), "title")
    assert masked.column.type == kind
    assert masked.column.to_pylist() == [
        "找*先生 ***********", None, "", "很好", "很好", "***************",
    ]  # fmt: skip
    assert masked.n_masked == {"mobile": 1, "email": 1, "name": 1}


@pytest.mark.parametrize("kind", STRINGS, ids=str)
def test_a_column_with_a_personal_name_is_masked_as_a_whole(kind):
    cells = ["王小明", None, "", "-", "Kim Lee", "王小明"]
    masked = mask_column(pa.array(cells, pa.string()).cast(kind), "客戶 姓名")
    assert masked.column.to_pylist() == ["***", None, "", "-", "*******", "***"]
    assert masked.n_masked == {"name": 3}
    assert mask_column(masked.column, "客戶 姓名").n_masked == {}


def test_values_of_a_dictionary_that_become_equal_are_one_value():
    column = pa.array(["王小明", "李小红", "王小明"]).dictionary_encode()
    masked = mask_column(column, "customer_name").column
    assert masked.dictionary.to_pylist() == ["***"]
    assert masked.to_pandas().tolist() == ["***"] * 3  # pandas takes no category twice


def test_numbers_in_a_column_with_a_personal_name_become_masked_strings():
    for values in ([13800138000, None], [1.3800138e10, None]):
        masked = mask_column(pa.array(values), "phone")
        assert masked.column.to_pylist() == ["***********", None]
        assert masked.n_masked == {"landline": 1}
    empty = mask_column(pa.array([None], pa.int64()), "phone")
    assert empty.column.type == pa.string()  # or batches of one file would differ in type


def test_other_numbers_stay_and_are_counted():
    for values in ([13800138000, 5, None], [1.3800138e10, 0.5, float("nan")]):
        column = pa.array(values)
        assert mask_column(column, "n").column is column
        assert count_pii(column) == {"mobile": 1}
    assert count_pii(pa.array([1.7e12, float("inf"), -1.3800138e10])) == {}
    assert count_pii(pa.array([True])) == count_pii(pa.array([b"13800138000"])) == {}


@pytest.mark.parametrize(
    "cell",
    [
        "2024-05-01 10:02:33",
        "2024-05-01T10:02:33.123456+08:00",
        "2024年5月1日",
        "13/11/2024 08:15",
        "5f3759df-1234-4abc-9def-13800138000a",
        "d13800138000d41d8cd98f00b204e980",
        "2125550142",
        "20240501100233123456",
        "99.90",
    ],
)
def test_cells_that_programs_write_are_left_alone(cell):
    assert mask_column(pa.array([cell]), "key").n_masked == {}


@pytest.mark.parametrize(
    ("cell", "masked"),
    [
        ("２０２４-05-01 １３８００１３８０００", "２０２４-05-01 ***********"),
        ("2024-05-01 10:02 王女士 13800138000", "2024-05-01 10:02 *女士 ***********"),
        ("13800138000", "*" * 11),
        ("8613800138000", "*" * 13),
        ("11010519491231002X", "*" * 18),
        ("4111111111111111", "*" * 16),
        ("電話 2125550142 call", "電話 ********** call"),
        ("Kim call 2125550142", "Kim call **********"),
        ('{"收货人": "王小明", "shop": "王小明"}', '{"收货人": "***", "shop": "王小明"}'),
        (r'{"t": "\u738b\u5148\u751f"}', r'{"t": "******\u5148\u751f"}'),
        ('[{"phone": "n/a 1"}]', '[{"phone": "*****"}]'),
    ],
)
def test_cells_that_only_look_like_it_are_not(cell, masked):
    assert mask_column(pa.array([cell]), "note").column.to_pylist() == [masked]


def test_strings_inside_of_lists_structs_and_maps_are_masked():
    lists = pa.array([["a@example.com", None], None, [], ["好"]])
    masked = mask_column(lists, "tags")
    assert masked.column.to_pylist() == [["*************", None], None, [], ["好"]]
    assert masked.column.type == lists.type
    buyers = pa.array(
        [{"full_name": "Kim", "shop": "Kim", "n": 1}, None, {"full_name": None, "shop": "", "n": 2}]
    )
    masked = mask_column(buyers, "buyer")
    assert masked.column.to_pylist()[:2] == [{"full_name": "***", "shop": "Kim", "n": 1}, None]
    assert masked.n_masked == {"name": 1}
    maps = pa.array([[("phone", "12345"), ("k", "好")]], pa.map_(pa.string(), pa.string()))
    assert mask_column(maps, "m").column.to_pylist() == [[("phone", "*****"), ("k", "好")]]
    sliced = pa.array([["a@example.com"], ["好"], ["b@example.com"]])[1:2]
    assert mask_column(sliced, "tags").column is sliced


def test_columns_of_other_types_are_given_back():
    for column in (pa.nulls(2), pa.array([True, None]), pa.array([b"13800138000"])):
        assert mask_column(column, "x") == (column, {})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Customer Name", "name"),
        ("收貨人", "name"),
        ("ＰＨＯＮＥ_number", "landline"),
        ("E-Mail", "email"),
        ("shipping-address", "address"),
        ("customer_id", None),
        ("product_name", None),
        ("商品名称", None),
    ],
)
def test_a_name_of_a_column_tells_its_kind(name, kind):
    assert personal_kind(name) == kind


def test_a_name_that_may_mean_a_person_is_known():
    assert may_hold_names("Name")
    assert not may_hold_names("city")


LIKELY = r"\A((0086|86|852|0|44)?[0-9]{11}|(3[47]|4|5[1-5]|2|6|9)[0-9]{13,18}|0[79][0-9]{8,9})\Z"


def _with_check_digit(number: str) -> str:
    """Append the digit that makes a number pass the Luhn check."""
    doubled = [int(c) * (2 - i % 2) for i, c in enumerate(reversed(number))]
    return number + str(-sum(d - 9 * (d > 9) for d in doubled) % 10)


@given(
    st.from_regex(r"\A[0-9]{1,20}\Z")
    | st.from_regex(LIKELY)
    | st.from_regex(r"\A[2-9][0-9]{13,17}\Z").map(_with_check_digit)
    | st.sampled_from(["110105194912310003", "510108194912310007", "440308194912310018"])
)
def test_no_bare_number_is_passed_over_that_the_rules_would_mask(number):
    expected = mask_text(number)[0]
    if len(number) == 10 and number[0] in "23456789":
        expected = number  # ten digits alone are a key
    assert mask_column(pa.array([number])).column.to_pylist() == [expected]


@given(st.lists(st.none() | st.text(max_size=20) | st.from_regex(r"1[3-9][0-9]{9}")))
def test_lengths_and_missing_cells_stay_and_twice_is_once(cells):
    column = pa.array(
        [None if c is None else c.encode("utf-8", "replace").decode() for c in cells], pa.string()
    )
    for name in ("note", "phone"):
        masked = mask_column(column, name).column
        lengths = [None if c is None else len(c) for c in column.to_pylist()]
        assert [None if c is None else len(c) for c in masked.to_pylist()] == lengths
        assert mask_column(masked, name) == (masked, {})
