import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.text.batch import TextBatch
from nlp_cx.text.folding import fold_text
from nlp_cx.text.privacy import MASK, PII_KINDS, find_pii, mask_batch, mask_text
from nlp_cx.text.privacy_persons import PERSON_RULES
from nlp_cx.text.privacy_rules import NUMBER_RULES
from nlp_cx.text.privacy_scan import build_scanner, scan_texts

# Every person, number and address here is made up; «…» marks what has to be found.
FOUND = [
    ("mobile", "手机«13800138000»，谢谢"),
    ("mobile", "打«138-0013-8000»或«138 0013 8001»"),
    ("mobile", "电话：«＋８６ １３８ ００１３ ８０００»"),
    ("mobile", "«8613800138000»，«(+86)138-00138000»"),
    ("mobile", "«13800138000»，«13800138001»"),
    ("mobile", "加我v«13800138000»"),
    ("mobile", "聯絡手機«0912-345-678»"),
    ("mobile", "whatsapp «+852 5123 4567»"),
    ("mobile", "text me on «+44 7700 900123» or «07700 900123»"),
    ("landline", "座机«010-87654321»，分机见下"),
    ("landline", "«(021) 6234 5678»或«0755—83456789-801»"),
    ("landline", "家里电话«057187654321»"),
    ("landline", "固话：«87654321»"),
    ("landline", "電話：«2345 6789»"),
    ("landline", "call me at «(212) 555-0142» or «212.555.0143» or «+1 212-555-0144»"),
    ("landline", "My number is «2125550142»."),
    ("landline", "from Chile, «+56 9 5550 0123»"),
    ("email", "发到«li.si_01@example.com.cn»，谢谢"),
    ("email", "我的邮箱«abc123@163com»或者«99887766@qq。com»"),
    ("email", "邮箱«ａｂｃ＠ｅｘａｍｐｌｅ．ｃｏｍ»"),
    ("email", "See https://a.example/x or mail «jane+shop@mail.example.org»!"),
    ("wechat_id", "加微信号：«lisi_2024»，谢谢"),
    ("wechat_id", "我的VX«lisi-88ab» 详聊"),
    ("wechat_id", "微信id «zhangsanli»"),
    ("wechat_id", "My WeChat ID is «janedoe99»"),
    ("qq_id", "我的QQ«284456789»，加我"),
    ("qq_id", "ＱＱ：«12345678»；扣扣号是«87654»"),
    ("id_card", "身份证号«11010519491231002X»"),
    ("id_card", "证件 «110105 19491231 002x» 已提交"),
    ("id_card", "身份证：«110105491231002»"),
    ("id_card", "香港身份證«A123456(3)»"),
    ("id_card", "身分證字號：«A123456789»"),
    ("passport", "护照号码：«E12345678»丢了"),
    ("passport", "my passport number is «123456789»"),
    ("us_ssn", "SSN «123-45-6789»"),
    ("us_ssn", "social security number is «123456789»"),
    ("bank_card", "退到«6222021234567894»，开户行在本市"),
    ("bank_card", "card «4111 1111 1111 1111» and «3782-822463-10005»"),
    ("order_number", "订单号：«2024000112233»，还没发货"),
    ("order_number", "訂單編號 «TK20240001»、«TK20240002»和«TK20240003»都沒到"),
    ("order_number", "单号«k9zx240101000123»"),
    ("order_number", "快递单号是«75300011122233»"),
    ("order_number", "宽带账号：«051012345678»，断线"),
    ("order_number", "order number: «20391847», again"),
    ("order_number", "Order No. «70012345678», No. «70012345679», tracking # «ZX-20391847»"),
    ("order_number", "a WC cleaner «123-4567890-1234567» never came"),
    ("order_number", "UPS says «1Z12345E0205271688», post says «RA123456789CN»"),
    ("order_number", "booking reference «XK4J2P»"),
    ("plate", "车牌«京A12345»被刮，另一辆«粤B·D12345»"),
    ("plate", "司机的车«沪A-1B234»乱停"),
    ("address", "住朝阳区«建国路88号3栋502室»，请送上楼"),
    ("address", "寄到杭州市西湖区«文三路１２３弄４号»"),
    ("address", "地址：台北市大安區«和平東路二段100號5樓之3»"),
    ("address", "送到«阳光花园3栋502»门口"),
    ("address", "我家在长安区«樱花园13号楼3单元1001室»"),
    ("address", "deliver to «123 Main Street Apt 4B», Springfield"),
    ("address", "I live at «45 Lake View Rd., Unit 7» now"),
    ("address", "my address is «12 oak street» please"),
    ("name", "客服«王»女士、«李小明»先生和«欧阳»小姐"),
    ("name", "前台的«高»小姐，一位«于»先生"),
    ("name", "陳述：«鍾»小姐很貼心"),
    ("name", "我叫«王小明»，想投诉"),
    ("name", "我姓«张»，前台姓«黄»的那位"),
    ("name", "收件人：«李四»，联系人 «欧阳明月»"),
    ("name", "Thanks to Mr. «Smith», Mrs «Jane A. Doe» and Dr. «Lee»!"),
    ("name", "ask mr «riley», or Ms «O'Hara»"),
    ("name", "My name is «John Smith» and I waited"),
    ("name", "hi my name is «jane doe»"),
]  # fmt: skip

CLEAN = [
    "13800元，１３８００元，$13,800.00",
    "iPhone 13 128GB，型号XT1234567",
    "2024-11-11 10:30:59，20241111，2019-2020年，2024/11/11",
    "评分4.5/5，送了3个，用了365天，1000000个人里",
    "版本10.13.6.1234，IP 192.168.100.101",
    "屏幕1920 1080，ISO 100 200 400 800 1600 3200",
    "π是3.14159265358979",
    "时间戳1384567890123，条码6901234567892123",
    "身份证号110105194912310021错了",
    "卡号没有，6222021234567890不是卡",
    "8888888888 5555555555 66666666666666666",
    "客服电话400-820-8820，8008208820，95588，call 1-800-555-0142 or +1 (866) 555-0143, +86 400-820-8820",
    "企业QQ800012345，QQ2013版，qq音乐10000首",
    "微信支付alipay都行，微信5.0，WeChat Pay",
    "关注微信公众号shop2024，token x5vXT1Y6hHUI",
    "订单2个，订单金额1299元，订单20151111下的，order 2 pizzas, order 10000 of them",
    "order number 7 is extremely late; the case 2019-2020",
    "见 https://item.example.com/13800138000.html?phone=13800138001",
    "@ShopHelp @12345678901 thanks",
    "新A8芯片，云A级，京东A12款，川菜B12套餐",
    "地铁2号线南京路3号口，5号楼很吵，8号桌，12路公交",
    "味道1号，过马路3号，3栋很旧，2015房间，8楼808房",
    "北京市朝阳区，上海，南京路，浦东新区",
    "a 5 star drive, 10 minutes walk to the main street, 2 hours on the road, 42nd Street",
    "这位先生，那位女士，前台小姐，我先生，适合女士，老先生，小姐姐，优先生效",
    "导游小姐，谢谢先生，感谢女士，任何先生，金发女士，马尾小姐",
    "我叫了外卖，我叫他来，老百姓都说好，同姓，我叫车。",
    "李先生牛肉面，王太太火锅",
    "Dr Pepper, Mr. Coffee, Ms Office, Dr. Martens, items, problems",
    "my name is on the list, my name is not spelled right, username: x",
    "Mr and Mrs, 123 is my name, mr said no",
    "my Dr said so, a Dr appointment, Drs visit",
]


@pytest.mark.parametrize(("kind", "marked"), FOUND)
def test_personal_information_is_found(kind: str, marked: str) -> None:
    text, expected, rest = "", [], marked
    while "«" in rest:
        before, _, rest = rest.partition("«")
        secret, _, rest = rest.partition("»")
        start = len(text) + len(before)
        text += before + secret
        expected.append((start, start + len(secret), kind))
    text += rest
    assert find_pii(text) == expected


@pytest.mark.parametrize("text", CLEAN)
def test_everyday_numbers_and_words_are_left_alone(text: str) -> None:
    assert find_pii(text) == []


def test_every_kind_has_names_and_is_found_by_some_rule() -> None:
    assert {rule.kind for rule in (*NUMBER_RULES, *PERSON_RULES)} == set(PII_KINDS)
    assert {kind for kind, _ in FOUND} == set(PII_KINDS)
    assert all(names.zh and names.en for names in PII_KINDS.values())


def test_nothing_of_a_span_is_left() -> None:
    masked, spans = mask_text("王女士 (021) 6234-5678 a.b@c.com")
    assert masked == "*女士 *************** *********"
    assert [kind for _, _, kind in spans] == ["name", "landline", "email"]


def test_cue_decides_the_kind_where_two_rules_find_the_same_digits() -> None:
    assert [kind for _, _, kind in find_pii("订单号13800138000")] == ["order_number"]
    assert [kind for _, _, kind in find_pii("13800138000@qq.com")] == ["email"]


def test_batch_counts_spans_by_kind_and_keeps_missing_texts() -> None:
    batch = TextBatch.from_strings(["好", None, "", "王女士，李女士", "电话13800138000"])
    masked, counts = mask_batch(batch)
    assert masked.to_arrow().to_pylist() == ["好", None, "", "*女士，*女士", "电话***********"]
    assert counts == {"mobile": 1, "name": 2}
    assert list(counts) == [kind for kind in PII_KINDS if kind in counts]


def test_batch_without_hits_is_given_back_as_it_is() -> None:
    batch = TextBatch.from_strings(["房间干净", "ok", None])
    masked, counts = mask_batch(batch)
    assert masked is batch
    assert counts == {}


def test_batch_does_not_change_its_argument_and_works_on_slices() -> None:
    whole = TextBatch.from_strings(["手机13800138000", "我叫王小明", "x"])
    part, counts = mask_batch(whole.slice(1, 3))
    assert part.to_arrow().to_pylist() == ["我叫***", "x"]
    assert whole.text(1) == "我叫王小明"
    assert counts == {"name": 1}


HOSTILE = {
    "digits": "1" * 100_000,
    "mobile prefixes": "138" * 30_000,
    "ats": "@" * 100_000,
    "addresses without end": "a@" * 50_000,
    "dots": "a." * 50_000 + "@",
    "spaced digits": "1 " * 50_000,
    "hyphens": "1-" * 50_000,
    "pluses": "+1" * 50_000,
    "brackets": "(0" * 50_000,
    "order cues": "订单号" * 30_000,
    "order words": "order number " * 8_000 + "12345678",
    "chat cues": "微信号:" * 25_000,
    "roads": "路1号" * 30_000,
    "estates": "小区1栋" * 20_000,
    "ideographs and a house": "好" * 100_000 + "1号",
    "titles": "王先生" * 30_000,
    "capitals": "Mr. " + "Aa " * 30_000,
    "streets": "1 Aa Aa Aa " * 10_000 + " Street",
    "plates": "京A" * 50_000,
    "letters": "a" * 100_000 + " 1号 order 12345 微信 @",
    "hyphenated letters": "a-" * 50_000 + "12345 order",
    "cards side by side": "4111 1111 1111 1111 " * 5_000,
    "numbers side by side": "(212) 555-0142" * 5_000,
    "landlines side by side": "(021)62345678" * 5_000,
    "foreign numbers side by side": "+56955500123" * 5_000,
    "identity cards side by side": "A123456(3)" * 5_000,
    "mails side by side": "a@b.com" + "_x@y.com" * 5_000,
    "plates side by side": "京A12345" * 5_000,
    "streets side by side": "1 Aa St.,2 Aa St." * 5_000,
    "roads side by side": "中山路1号人民路2号" * 5_000,
    "urls": "http://" * 15_000 + "a@b.com",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_masked_in_linear_time(name: str) -> None:
    text = HOSTILE[name]
    masked, spans = mask_text(text)
    assert mask_text(masked) == (masked, [])
    assert len(masked) == len(text)
    assert masked.count(MASK) == sum(end - start for start, end, _ in spans)


def test_hostile_counts_are_right() -> None:
    assert len(mask_text(HOSTILE["titles"])[1]) == 30_000
    assert find_pii(HOSTILE["digits"]) == []
    assert find_pii(HOSTILE["ats"]) == []


PIECES = st.one_of(
    st.text(max_size=5),
    st.from_regex(r"[0-9 \-]{1,20}", fullmatch=True),
    st.sampled_from([marked.replace("«", "").replace("»", "") for _, marked in FOUND]),
    st.sampled_from([secret for _, m in FOUND for secret in m.replace("»", "«").split("«")]),
    st.sampled_from(CLEAN),
    st.sampled_from(
        ["先生", "号", "栋", "订单号", "QQ", "微信", "电话", " St.", "Mr ", "name is ", "@", "+"]
    ),
)
TEXTS = st.lists(PIECES, max_size=6).map("".join)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_masking_keeps_length_and_all_that_is_outside_the_spans(text: str) -> None:
    masked, spans = mask_text(text)
    assert len(masked) == len(text)
    inside = [False] * len(text)
    for start, end, kind in spans:
        assert kind in PII_KINDS
        assert start < end
        assert not any(inside[start:end])
        inside[start:end] = [True] * (end - start)
    for i, is_inside in enumerate(inside):
        assert masked[i] == (MASK if is_inside else text[i])
    assert spans == sorted(spans)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_masking_twice_is_masking_once(text: str) -> None:
    masked, _ = mask_text(text)
    assert mask_text(masked) == (masked, [])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.none(), TEXTS), max_size=5))
def test_batch_gives_what_single_texts_give(texts: list[str | None]) -> None:
    masked, counts = mask_batch(TextBatch.from_strings(texts))
    single = [mask_text(text or "") for text in texts]
    assert [masked.text(i) for i in range(len(texts))] == [text for text, _ in single]
    found = [kind for _, spans in single for _, _, kind in spans]
    assert counts == {kind: found.count(kind) for kind in PII_KINDS if kind in found}


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_scan_passes_over_no_rule_that_would_find_something(text: str) -> None:
    rules = (*NUMBER_RULES, *PERSON_RULES)
    batch = TextBatch.from_strings([text])
    may_match = int(scan_texts(build_scanner(rules), batch.codes, batch.offsets)[0])
    folded = fold_text(text)
    for r, rule in enumerate(rules):
        assert may_match >> r & 1 or list(rule.find(folded)) == []
