"""The text at the end of a run, which scripts may rely on."""

import io
from collections import Counter

from nlp_cx.cli.console import open_console
from nlp_cx.cli.summary import ScoreSummary, print_summary
from nlp_cx.cli.tally import Tally


def shown(summary):
    """Print a summary as off a terminal."""
    stream = io.StringIO()
    print_summary(summary, open_console(stream))
    return stream.getvalue()


def tally_of(n_rows, **words):
    """Make a tally from counts."""
    return Tally(n_rows=n_rows, words={name: Counter(counts) for name, counts in words.items()})


def test_a_full_summary_reads_like_this():
    tally = tally_of(
        1_000,
        lang={"zh-Hans": 700, "en": 300},
        sentiment={"positive": 590, "negative": 300, "neutral": 100, "(missing)": 10},
        product={"positive": 400, "negative": 90, "mixed": 10, "(missing)": 500},
        service={"negative": 120, "neutral": 3, "(missing)": 877},
        loyalty={"positive": 40, "negative": 12},
        model={"fast-1": 1_000},
    )
    tally.n_mixed = 99
    tally.add_personal({"review": {"mobile": 12, "email": 999}}, {})
    tally.add_personal({"note": {"email": 3}}, {"order": {"mobile": 2}})
    summary = ScoreSummary(
        tally=tally,
        seconds=0.5,
        files=["shop.csv: csv, gb18030 with 3 bad rows"],
        notes=["text is read from 'review'"],
        n_rejected=3,
        rejected_path="out.csv.rejected.jsonl",
        formula_cells={"out.csv": 25, "e.parquet": 0},
        is_masked=True,
        masked_raw=Counter({"email": 1, "plate": 0}),
        n_withheld=2,
        outputs=[("out.csv", 1_000), ("evidence.parquet", 2_310)],
    )
    assert (
        shown(summary)
        == """\
Scored 1,000 reviews in 0.5 s (2,000 rows/s) with model fast-1.
Input      shop.csv: csv, gb18030 with 3 bad rows
Note       text is read from 'review'
Rejected   3 bad rows, set aside in out.csv.rejected.jsonl (2 masked as a whole: cells cannot be told apart there)
Languages  zh-Hans 70.0 %, en 30.0 %
Sentiment  positive 59.6 %, negative 30.3 %, neutral 10.1 %; praise and criticism in one text 10.0 %
           nothing to score in 10 rows
Drivers      mentioned   positive   negative      mixed    neutral
  product          500        400         90         10          0
  service          123          0        120          0          3
Loyalty    40 would return or recommend, 12 would not
Masked     email 1,003, mobile 12
           in 'review' 1,011, 'note' 3, rejected rows 1
Formulas   out.csv: 25 text cells with = + - @ tab or CR at the start, which a spreadsheet may run as a formula. --excel-safe escapes them; .xlsx needs no escaping.
Written    out.csv (1,000 rows)
           evidence.parquet (2,310 rows)
"""
    )


def test_chats_count_customer_turns_and_context_is_not_nothing_to_score():
    tally = tally_of(
        10,
        sentiment={"positive": 3, "(missing)": 7},
        speaker={"customer": 4, "agent": 5, "unknown": 1},
    )
    text = shown(ScoreSummary(kind="chats", tally=tally, seconds=2.0))
    assert text.startswith("Scored 4 customer turns among 10 turns in 2.0 s (5 rows/s).\n")
    assert "nothing to score in 1 row\n" in text


def test_a_few_in_many_are_not_none():
    text = shown(ScoreSummary(tally=tally_of(10_000, lang={"en": 9_999, "und": 1})))
    assert "Languages  en 100.0 %, und <0.1 %\n" in text


def test_a_run_without_rows_still_says_so():
    assert shown(ScoreSummary()) == "Scored 0 reviews in 0.0 s.\n"


def test_only_texts_without_anything_to_score():
    tally = tally_of(2, sentiment={"(missing)": 2})
    assert shown(ScoreSummary(tally=tally)).splitlines()[1:] == [
        "Sentiment  nothing to score in 2 rows"
    ]


def test_escaped_formulas_are_reported_as_done():
    text = shown(ScoreSummary(tally=tally_of(1), formula_cells={"out.csv": 1}, is_excel_safe=True))
    assert "out.csv: 1 text cell with = + - @ tab or CR at the start got a ' before it" in text
    assert "--excel-safe" not in text


def test_names_from_files_cannot_act_on_the_terminal():
    text = shown(
        ScoreSummary(
            files=["\x1b[2Jx.csv: csv"],
            notes=["column \u202e[red]"],
            outputs=[("a\nb.csv", 1)],
            n_rejected=1,
            rejected_path="\x07",
        )
    )
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert r"\x1b[2Jx.csv" in text
    assert "[red]" in text
    assert r"a\nb.csv (1 row)" in text


def test_many_files_are_listed_in_part():
    text = shown(ScoreSummary(files=[f"{i}.csv: csv" for i in range(25)]))
    assert "9.csv" in text
    assert "10.csv" not in text
    assert "and 15 more" in text
