import pytest

from nlp_cx.evaluate.slices import SLICES, find_slices


@pytest.mark.parametrize(
    ("text", "slices"),
    [
        ("味道不错", {"very short"}),
        ("味道不好，下次不过来了", {"negation"}),
        ("虽然贵了一点点，环境好", {"contrast"}),
        ("還沒收到，請問幾時送？", {"negation", "question", "traditional"}),
        (
            "我哋揀咗Big Mac同埋薯條，但係唔係好好食",
            {"negation", "contrast", "traditional", "code-mix"},
        ),
        ("不得不说，别的店没这么好", {"negation"}),
        ("劝你别买这个牌子", {"negation"}),
        ("别致的小店，特别喜欢这里", set()),
        ("Didn’t work, but support helped.", {"negation", "contrast"}),
        ("Where is my parcel", {"question"}),
        ("Nothing special ;)", {"negation", "emoji", "very short"}),
        ("好吃😋再来一次吧朋友", {"emoji"}),
        ("很好用的东西??推荐大家买", set()),
        ("很大" * 50, {"long"}),
        ("so good " * 30, {"long"}),
        ("...", set()),
        ("", set()),
    ],
)
def test_slices_of(text, slices):
    found = find_slices([text])
    assert set(found.columns[found.iloc[0]]) == slices


def test_columns_are_the_slices_in_order_even_without_texts():
    assert list(find_slices([]).columns) == list(SLICES)
