"""A report with every kind of block in both languages, and with texts that mean harm."""

from __future__ import annotations

from nlp_cx.report.model import (
    Chart,
    Column,
    Finding,
    Findings,
    Language,
    Missing,
    Paragraph,
    Quote,
    Quotes,
    Report,
    Section,
    Table,
)

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)>',
    "</script><script>alert(4)</script>",
    "<!-- <script> -->",
    "]]></style><b>bold</b>",
    "{{ 7*7 }} {% raw %} ${alert(5)}",
    '=HYPERLINK("http://example.com","x")',
    "javascript:alert(6)",
    "a\u2028b\u2029c\x00d\u202eexe.gnp",
    "\ud83d lone surrogate",
)
"""None of these may do anything but be read."""

DRIVERS = ("product", "service", "relationship", "price", "convenience", "brand")
_WORDS = {
    "en": dict(zip(DRIVERS, ("Product", "Service", "Relationship", "Price", "Convenience", "Brand"), strict=True)),
    "zh": dict(zip(DRIVERS, ("产品", "服务", "关系", "价格", "便利", "品牌"), strict=True)),
}  # fmt: skip
_POLARITIES = {
    "en": {"negative": "Negative", "neutral": "Neutral", "positive": "Positive"},
    "zh": {"negative": "负面", "neutral": "中性", "positive": "正面"},
}
_LONG_ZH = (
    "昨天晚上和家人一起去的，等位等了快一个小时，服务员态度特别差，叫了三次都没有人过来点单，"
    "最后还是我自己去前台拿的菜单；不过菜的味道确实不错，分量也足，价格比附近几家都便宜一些，"
    "就是上菜的顺序很乱，主食先上来了，凉菜最后才到，希望店家可以改进一下服务，下次还会再来试试。"
)


def make_report(language: Language) -> Report:
    """Make the report."""
    is_zh = language == "zh"

    def say(en: str, zh: str) -> str:
        return zh if is_zh else en

    return Report(
        title=say("What customers say about the shop", "顾客怎么评价这家店"),
        language=language,
        subtitle=say(
            "12,345 reviews, 1 January to 31 August 2026", "12,345 条评价，2026年1月1日至8月31日"
        ),
        currency="¥",
        sections=(
            _now(say),
            _overview(say, language),
            _drivers(say, language),
            _evidence(say, language),
            _hostile(say),
        ),
    )


def _now(say) -> Section:
    findings = Findings(
        "findings",
        say("Five findings", "五个要点"),
        (
            Finding(
                say(
                    "Service is criticised in 23 % of all reviews, more than any other driver.",
                    "有 23% 的评价批评了服务，多于其他任何驱动因素。",
                ),
                12345, "driver_shares", 0.23, 0.21, 0.25, "share", "bad",
            ),
            Finding(
                say(
                    "Reviews that praise the product rate 0.82 points higher than those that do not mention it.",
                    "称赞产品的评价，评分比没有提到产品的高 0.82 分。",
                ),
                4210, "importance", 0.82, 0.71, 0.93, "signed", "good",
            ),
            Finding(
                say(
                    "Criticism of the price has risen by 4 points since July.",
                    "与七月相比，对价格的批评增加了 4 个百分点。",
                ),
                980, "volume", 0.041, 0.012, 0.07, "share", "bad",
            ),
            Finding(
                say(
                    "A negative experience goes with ¥1,280 less spent in the year after.",
                    "负面体验之后一年，平均少消费 ¥1,280。",
                ),
                310, "quotes", -1280.0, -1900.0, -660.0, "money", "neutral",
            ),
            Finding(
                say("Most texts are in Chinese.", "大多数文本是中文。"), 12345, "not-there"
            ),
        ),
        (say("Association, not cause.", "这是关联，不是因果。"),),
    )  # fmt: skip
    changes = Table(
        "changes",
        say("What changed since July", "与七月相比的变化"),
        (
            Column("driver", say("Driver", "驱动因素"), "label"),
            Column("before", say("July", "七月"), "share"),
            Column("now", say("August", "八月"), "share"),
            Column("change", say("Change", "变化"), "signed", "low", "high",
                   say("August less July, in points of a share.", "八月减七月，以份额计。")),
            Column("low", "low", "signed"),
            Column("high", "high", "signed"),
            Column("p", say("Adjusted p", "校正后 p 值"), "number"),
            Column("since", say("Since", "起始"), "time"),
        ),
        (
            (say("Service", "服务"), 0.21, 0.23, 0.02, -0.01, 0.05, 0.21, "2026-07-01"),
            (say("Price", "价格"), 0.08, 0.121, 0.041, 0.012, 0.07, 0.00004, "2026-08"),
            (say("Brand", "品牌"), None, 0.0004, None, None, None, None, "2026-08-15T14:05:00"),
        ),
        (say("Brand: fewer than 30 mentions in July.", "品牌：七月提及不足 30 次。"),),
    )  # fmt: skip
    return Section(
        "now",
        say("What matters now", "当前要点"),
        (findings, Paragraph(say("First repair the service.\nThen look at prices.", "先改进服务。\n再看价格。")), changes),
        say("At most five findings, the weightiest first.", "最多五条，按重要程度排列。"),
    )  # fmt: skip


def _overview(say, language: Language) -> Section:
    months = [f"2026-{m:02d}-01" for m in range(1, 9)]
    sentiments = (0.31, 0.29, 0.33, 0.27, 0.22, None, 0.18, 0.2)
    volume = Table(
        "volume",
        say("Sentiment over time", "情感随时间的变化"),
        (
            Column("period_start", say("Month", "月份"), "time"),
            Column("n", say("Reviews", "评价数"), "count"),
            Column("sentiment", say("Sentiment", "情感得分"), "signed", "low", "high",
                   say("From −1 to +1.", "从 −1 到 +1。")),
            Column("low", "low", "signed"),
            Column("high", "high", "signed"),
        ),
        tuple(
            (month, 1200 + 117 * i, value, value and value - 0.04, value and value + 0.04)
            for i, (month, value) in enumerate(zip(months, sentiments, strict=True))
        ),
        (say("June: no texts.", "六月：没有文本。"),),
    )  # fmt: skip
    x = {"field": "period_start", "type": "temporal"}
    line = {
        "height": 240,
        "layer": [
            {"mark": {"type": "area"}, "encoding": {"x": x, "y": {"field": "low", "type": "quantitative", "title": say("Sentiment", "情感得分")}, "y2": {"field": "high"}}},
            {"mark": {"type": "line"}, "encoding": {"x": x, "y": {"field": "sentiment", "type": "quantitative"}}},
            {"data": {"values": [{"zero": 0}]}, "mark": "rule", "encoding": {"y": {"datum": 0}}},
        ],
    }  # fmt: skip
    mix = Table(
        "mix",
        say("Polarity by driver", "各驱动因素的态度"),
        (
            Column("driver", say("Driver", "驱动因素"), "label"),
            Column("polarity", say("Polarity", "态度"), "label"),
            Column("share", say("Share", "占比"), "share"),
            Column("n", "n", "count"),
        ),
        tuple(
            (_WORDS[language][driver], _POLARITIES[language][polarity], share, int(share * 4000))
            for i, driver in enumerate(DRIVERS)
            for polarity, share in (("positive", 0.6 - i * 0.07), ("neutral", 0.1), ("negative", 0.3 + i * 0.07))
        ),
    )  # fmt: skip
    bars = {
        "mark": "bar",
        "height": {"step": 30},
        "encoding": {
            "y": {"field": "driver", "type": "nominal", "sort": None},
            "x": {"field": "share", "type": "quantitative", "stack": "normalize"},
            "color": {"field": "polarity", "type": "nominal"},
        },
    }
    small = {
        "mark": "bar",
        "height": 120,
        "encoding": {
            "x": {"field": "polarity", "type": "nominal", "axis": {"labelAngle": 0}},
            "y": {"field": "share", "type": "quantitative"},
            "color": {"field": "polarity", "type": "nominal"},
            "facet": {"field": "driver", "type": "nominal", "columns": 3, "sort": None},
        },
    }
    empty = Table("empty", say("Channels", "渠道"), (Column("channel", say("Channel", "渠道"), "label"), Column("n", "n", "count")), ())  # fmt: skip
    from dataclasses import replace

    return Section(
        "overview",
        say("Overview", "概览"),
        (
            Chart(volume, line, say("Sentiment falls from spring to summer.", "从春季到夏季，情感得分下降。")),
            Chart(mix, bars, say("Praise for the product, criticism of the brand.", "产品多受称赞，品牌多受批评。")),
            Chart(replace(mix, id="mix_small"), small, say("The same in small charts.", "同样的数据，分成小图。")),
            Chart(empty, {"mark": "bar", "encoding": {"x": {"field": "channel"}, "y": {"field": "n", "type": "quantitative"}}}, say("No channels.", "没有渠道。")),
        ),
    )  # fmt: skip


def _drivers(say, language: Language) -> Section:
    rows = tuple(
        (_WORDS[language][d], 4000 - 600 * i, 0.33 - 0.05 * i, 0.31 - 0.05 * i, 0.35 - 0.05 * i, 0.12 - 0.02 * i, 3.9 - 0.2 * i, -0.4 + 0.1 * i, -0.6 + 0.1 * i, -0.2 + 0.1 * i, 1500.0 * i, say("Must-be", "必备"), say("repair first", "优先改进"))
        for i, d in enumerate(DRIVERS)
    )  # fmt: skip
    shares = Table(
        "driver_shares",
        say("Drivers", "驱动因素"),
        (
            Column("driver", say("Driver", "驱动因素"), "label"),
            Column("n", say("Mentions", "提及次数"), "count"),
            Column("share", say("Share", "占比"), "share", "low", "high"),
            Column("low", "low", "share"),
            Column("high", "high", "share"),
            Column("importance", say("Importance", "重要度"), "share"),
            Column("performance", say("Performance", "表现"), "number"),
            Column("penalty", say("Penalty", "负面影响"), "signed", "penalty_low", "penalty_high"),
            Column("penalty_low", "", "signed"),
            Column("penalty_high", "", "signed"),
            Column("cost", say("Cost a year", "年成本"), "money"),
            Column("kano", say("Kano class", "Kano 分类"), "label"),
            Column("code", say("What to do", "建议"), "label"),
        ),
        rows,
    )
    importance = Table(
        "importance",
        say("Importance and performance", "重要度与表现"),
        (
            Column("driver", say("Driver", "驱动因素"), "label"),
            Column("importance", say("Importance", "重要度"), "share"),
            Column("performance", say("Performance", "表现"), "number"),
        ),
        tuple((row[0], row[5], row[6]) for row in rows),
    )
    points = {
        "height": 300,
        "encoding": {
            "x": {"field": "performance", "type": "quantitative", "scale": {"zero": False}},
            "y": {"field": "importance", "type": "quantitative"},
        },
        "layer": [
            {"mark": "point", "encoding": {"color": {"field": "driver", "type": "nominal", "legend": None}}},
            {"mark": {"type": "text", "dy": -12}, "encoding": {"text": {"field": "driver"}}},
        ],
    }  # fmt: skip
    heat = Table(
        "heat",
        say("Touchpoints by stage", "触点与阶段"),
        (
            Column("touchpoint", say("Touchpoint", "触点"), "label"),
            Column("stage", say("Stage", "阶段"), "label"),
            Column("score", say("Sentiment", "情感得分"), "signed"),
        ),
        tuple(
            (say(f"Touchpoint {t}", f"触点{t}"), say(f"Stage {s}", f"阶段{s}"), ((t * 7 + s * 3) % 11 - 5) / 5)
            for t in range(1, 6) for s in range(1, 5)
        ),
    )  # fmt: skip
    grid = {
        "mark": "rect",
        "height": {"step": 34},
        "encoding": {
            "y": {"field": "touchpoint", "type": "nominal"},
            "x": {"field": "stage", "type": "nominal", "axis": {"labelAngle": 0}},
            "color": {"field": "score", "type": "quantitative", "scale": {"domainMid": 0}},
        },
    }
    long = Table(
        "terms",
        say("Opinion terms", "观点词"),
        (
            Column("aspect", say("Aspect", "对象"), "text"),
            Column("opinion", say("Opinion", "评价词"), "text"),
            Column("n", "n", "count"),
            Column("share", say("Share", "占比"), "share"),
        ),
        tuple((say(f"waiter {i}", f"服务员{i}"), say("rude", "态度差"), 1000 - i, 0.2 / (i + 1)) for i in range(64)),
    )  # fmt: skip
    return Section(
        "drivers",
        say("Drivers", "驱动因素"),
        (
            shares,
            Chart(importance, points, say("The product matters most and does well.", "产品最重要，表现也好。")),
            Chart(heat, grid, say("Stage 2 is the weakest.", "阶段2最弱。")),
            long,
            Missing(
                say("Cost of negative experience", "负面体验的成本"),
                say("No column holds what customers spent.", "没有记录顾客消费金额的列。"),
                say("A column with the role `spend` would make it possible.", "提供角色为 `spend` 的列即可。"),
            ),
            Missing(say("Chats", "对话"), say("There are no chats.", "没有对话数据。")),
        ),
    )  # fmt: skip


def _evidence(say, language: Language) -> Section:
    start = _LONG_ZH.index("服务员")
    items = [
        Quote(_LONG_ZH, start, start + 7, "service", "negative", {say("Date", "日期"): "2026-08-01", "ID": "r1"}, "上海"),
        Quote("😀👨‍👩‍👧 great, but the 📦 was late 😡!", 10, 33, "convenience", "negative", {"ID": "r2"}, "London"),
    ]  # fmt: skip
    items += [
        Quote(text, 0, min(8, len(text)), "brand", "neutral", {"ID": text, text: "x"}, text)
        for text in HOSTILE
    ]
    polarities = tuple(_POLARITIES["en"])
    for i in range(60):
        text = (
            f"Review {i}: the delivery was quick and the box was whole."
            if i % 2
            else f"第{i}条：物流很快，包装完好，客服也很耐心。"
        )
        where = text.index("delivery" if i % 2 else "物流")
        items.append(
            Quote(text, where, where + (18 if i % 2 else 4), DRIVERS[i % 6], polarities[i % 3],
                  {say("Date", "日期"): f"2026-07-{i % 28 + 1:02d}", say("Rating", "评分"): str(i % 5 + 1)},
                  ("London", "上海", None)[i % 3])
        )  # fmt: skip
    return Section(
        "evidence",
        say("Evidence", "原文依据"),
        (
            Quotes(
                "quotes",
                say("What customers wrote", "顾客原话"),
                tuple(items),
                _WORDS[language],
                _POLARITIES[language],
                say("City", "城市"),
                (say("73 of 12,345 reviews, the most typical first.", "12,345 条中的 73 条，最典型的在前。"),),
            ),
            Quotes("no_quotes", say("Chats", "对话"), (), {}, {}),
        ),
    )  # fmt: skip


def _hostile(say) -> Section:
    table = Table(
        "hostile",
        say("Odd texts", "特殊文本"),
        (Column("text", HOSTILE[0], "text", help=HOSTILE[1]), Column("label", HOSTILE[2], "label"), Column("n", "n", "count")),
        tuple((text, text, i + 1) for i, text in enumerate(HOSTILE)),
        HOSTILE,
    )  # fmt: skip
    bars = {
        "mark": "bar",
        "encoding": {
            "y": {"field": "text", "type": "nominal", "sort": None},
            "x": {"field": "n", "type": "quantitative"},
        },
    }
    from dataclasses import replace

    return Section(
        "odd",
        HOSTILE[0],
        (
            table,
            Chart(replace(table, id="hostile_chart"), bars, HOSTILE[3]),
            Missing(HOSTILE[0], HOSTILE[1], HOSTILE[2]),
            Paragraph(HOSTILE[3]),
            Findings("odd_findings", HOSTILE[4], (Finding(HOSTILE[0], 1, HOSTILE[2]),), HOSTILE),
        ),
        HOSTILE[1],
    )
