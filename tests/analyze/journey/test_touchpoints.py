import pandas as pd
import pytest

from nlp_cx.analyze.journey.journey_map import load_journey
from nlp_cx.analyze.journey.touchpoints import LOCATION, find_touchpoints
from nlp_cx.errors import ConfigError, SchemaError


def _find(*clauses, **options):
    return find_touchpoints(pd.DataFrame({"clause": list(clauses)}), **options)


def _said(column):
    return column.astype(object).where(column.notna(), None).tolist()


def test_the_map_is_the_table_of_the_source():
    """The touchpoint x stage table: what goes on before, during and after, by channel."""
    calls = {"inbound": ("咨询", "下单", "投诉"), "outbound": ("营销", "销售", "跟进")}
    table = {
        "retail": ("face_to_face", "窗口演示", "现场交易", None),
        "order_payment": ("", None, "上门支付", None),
        "service_centre": ("face_to_face", None, None, "现场咨询"),
        "field_service": ("face_to_face", None, None, "现场修理"),
        "event": ("face_to_face", "公开演示", "销售路演", "VIP聚会"),
        "inbound_call": ("phone", *calls["inbound"]),
        "outbound_call": ("phone", *calls["outbound"]),
        "email_in": ("web", *calls["inbound"]),
        "email_out": ("web", *calls["outbound"]),
        "site": ("web", *calls["inbound"]),
    }
    found = {t.id: t for t in load_journey().touchpoints}
    for name, (channel, *activities) in table.items():
        assert found[name].channel == channel
        assert [found[name].activities.get(s) for s in ("pre", "during", "post")] == activities
    for name in ("advertising", "direct_mail", "sms", "fax", "reception", "public_relations"):
        assert found[name].channel == "other"
        assert found[name].activities == {}


def test_stages_bear_the_names_of_the_sources():
    """The machine-translated source has 参与 for Engage and 退出 for Exit, as here."""
    five = load_journey("five_es").preset.labels
    assert [label.zh for label in five] == ["吸引", "进入", "参与", "退出", "扩展"]
    assert [label.en for label in five] == ["Entice", "Enter", "Engage", "Exit", "Extend"]
    three = load_journey("discover_engage_deliver").preset.labels
    assert [label.zh for label in three] == ["发现", "参与", "交付"]


@pytest.mark.parametrize(
    ("clause", "touchpoint", "stage"),
    [
        ("打了三次客服电话都没人接", "inbound_call", None),
        ("打客服電話投訴也沒有用", "inbound_call", "post"),
        ("客服第二天打电话给我道歉", "outbound_call", None),
        ("在线客服半天不回", "live_chat", None),
        ("安裝師傅很專業", "field_service", "post"),
        ("排队排了一个小时", "queue", "pre"),
        ("办理入住很慢", "check_in", "during"),
        ("申请退货一直不给退款", "returns", "post"),
        ("朋友推荐来的", "word_of_mouth", "pre"),
        ("用了两个星期就坏了", None, "post"),
        ("上菜很慢", None, "during"),
        ("味道一般", None, None),
        ("The front desk was rude", "reception", "during"),
        ("I called customer service twice", "inbound_call", None),
        ("Delivery took nine days", "delivery", "during"),
        ("We will never come back", None, "post"),
        ("Before booking I had read the reviews", "word_of_mouth", "pre"),
        ("the dress runs small", None, None),
    ],
)
def test_what_a_clause_says(clause, touchpoint, stage):
    found = _find(clause)
    assert _said(found["journey_touchpoint"]) == [touchpoint]
    assert _said(found["journey_stage"]) == [stage]


@pytest.mark.parametrize(
    "clause",
    ["手机打不了电话", "导致电脑死机", "一点单薄", "酒店员工", "没有投诉", "the tv reception was clear",
     "please check out the photos", "fish in short lines of verse", "a great comic book"],
)  # fmt: skip
def test_words_that_only_look_like_a_touchpoint(clause):
    assert _said(_find(clause)["journey_touchpoint"]) == [None]


def test_a_cue_is_a_part_of_the_original_clause():
    clauses = ["ＣＨＥＣＫ－ＩＮ很慢", "客服電話😀打不通", "The Front Desk"]
    found = _find(*clauses)
    assert found["journey_touchpoint_cue"].tolist() == [
        "ＣＨＥＣＫ－ＩＮ",
        "客服電話",
        "Front Desk",
    ]


def test_metadata_count_before_the_text_and_every_label_names_its_source():
    clauses = pd.DataFrame(
        {
            "clause": ["快递很慢", "快递很慢", "很好", None],
            "where": [" Phone ", None, None, None],
            "point": ["接听电话", None, "kiosk 7", None],
            "phase": ["AFTER", None, None, "购买/消费前"],
        }
    )
    found = find_touchpoints(clauses, channel="where", touchpoint="point", stage="phase")
    assert _said(found["journey_channel"]) == ["phone", "other", None, None]
    assert _said(found["journey_channel_source"]) == ["metadata", "touchpoint", None, None]
    assert _said(found["journey_touchpoint"]) == ["inbound_call", "delivery", "kiosk 7", None]
    assert _said(found["journey_touchpoint_source"]) == ["metadata", "text", "metadata", None]
    assert _said(found["journey_stage"]) == ["post", "during", None, "pre"]
    assert _said(found["journey_stage_source"]) == ["metadata", "touchpoint", None, "metadata"]
    assert _said(found["journey_touchpoint_cue"]) == [None, "快递", None, None]


def test_a_touchpoint_that_stands_in_one_stage_tells_it_before_other_words():
    found = _find("退货等了两个星期")
    assert _said(found["journey_stage_source"]) == ["touchpoint"]
    assert _said(found["journey_stage"]) == ["post"]


def test_other_presets_divide_the_same_journey():
    clauses = ["朋友推荐来的", "排队太久", "服务员很好", "结账很慢", "会再来"]
    five = _find(*clauses, journey=load_journey("five_es"))
    assert _said(five["journey_stage"]) == ["entice", "enter", "engage", "exit", "extend"]
    three = _find(*clauses, journey=load_journey("discover_engage_deliver"))
    assert _said(three["journey_stage"]) == ["discover", "discover", "engage", "engage", "deliver"]


def test_the_table_is_left_alone_and_keeps_rows_index_and_order():
    clauses = pd.DataFrame({"clause": ["快递", "好", "快递"], "x": [1, 2, 3]}, index=[7, 7, 3])
    before = clauses.copy()
    found = find_touchpoints(clauses)
    pd.testing.assert_frame_equal(clauses, before)
    pd.testing.assert_frame_equal(found[["clause", "x"]], before)
    assert tuple(found.columns[2:]) == LOCATION
    empty = find_touchpoints(clauses.iloc[:0])
    assert len(empty) == 0
    assert tuple(empty.columns[2:]) == LOCATION


def test_what_is_missing_or_in_the_way_is_named():
    with pytest.raises(SchemaError, match="no column 'text', 'spot'"):
        _find("a", text="text", stage="spot")
    with pytest.raises(SchemaError, match=r"'journey_channel'.* is there already"):
        find_touchpoints(find_touchpoints(pd.DataFrame({"clause": ["a"]})))
    with pytest.raises(SchemaError, match="1 values such as 'later' that are no stage"):
        find_touchpoints(pd.DataFrame({"clause": ["a"], "s": ["later"]}), stage="s")
    with pytest.raises(ConfigError, match="preset 'four'"):
        load_journey("four")


def test_all_mistakes_of_a_map_are_named_at_once(tmp_path):
    file = tmp_path / "map.toml"
    file.write_text(
        """
        name = "own"
        version = "1"
        [[presets]]
        id = "two"
        labels = [{ id = "a", zh = "甲", en = "A" }, { id = "b", zh = "乙", en = "B" }]
        [[channels]]
        id = "web"
        zh = "网"
        en = "web"
        [[touchpoints]]
        id = "kiosk"
        zh = "自助机"
        en = "kiosk"
        channel = "street"
        at = ["c"]
        signs = ["(kiosk"]
        """,
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as e:
        load_journey("two", path=file)
    for part in ("'(kiosk' is no regular", "channel 'street'", "'c' is no stage of two", "3 mist"):
        assert part in str(e.value)
    text = file.read_text(encoding="utf-8").replace("(kiosk", "kiosk").replace('"c"', '"a"')
    file.write_text(text.replace("street", "web"), encoding="utf-8")
    found = _find("the kiosk was out of order", journey=load_journey("two", path=file))
    assert found.loc[0, ["journey_channel", "journey_touchpoint", "journey_stage"]].tolist() == [
        "web",
        "kiosk",
        "a",
    ]
