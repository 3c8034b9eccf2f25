import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.findings.choose import CODES, choose_findings
from nlp_cx.errors import ConfigError


def _shares(**negative):
    rows = [
        {"driver": d, "polarity": "negative", "share": s, "low": s * 0.9, "high": s * 1.1}
        for d, s in negative.items()
    ]
    return pd.DataFrame(rows).assign(of=1000)


def _changes(*rows):
    names = ["driver", "polarity", "change", "p_adjusted"]
    table = pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows])
    return table.assign(
        measure="driver_share", period="2024-03", now=0.3, before=0.3 - table["change"],
        low=table["change"] - 0.04, high=table["change"] + 0.04, n_now=900, n_before=900,
        is_share=True,
    )  # fmt: skip


def _groups(*rows):
    names = ["group", "driver", "measure", "difference", "p_adjusted"]
    table = pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows])
    return table.assign(
        difference_low=table["difference"] - 0.05, difference_high=table["difference"] + 0.05,
        n=500, n_reference=500, is_hidden=False,
    )  # fmt: skip


def test_nothing_supported_is_said():
    tables = {
        "driver_shares": _shares(price=0.100, service=0.101),
        "changes": _changes(("price", "negative", 0.1, 0.06)),
    }
    found = choose_findings(tables)
    assert found["code"].tolist() == ["nothing_clear"]
    assert found["n"].tolist() == [1000]
    assert np.isnan(found["estimate"][0])


def test_only_adjusted_differences_are_told():
    tables = {
        "changes": _changes(("price", "negative", 0.1, 0.01), ("brand", "negative", 0.2, 0.2))
    }
    found = choose_findings(tables)
    assert found[["code", "driver", "tone"]].values.tolist() == [["change", "price", "bad"]]


def test_a_tiny_difference_of_very_many_texts_is_no_finding():
    table = _changes(("price", "negative", 0.001, 1e-9))
    table = table.assign(low=0.0009, high=0.0011, n_now=10**7, n_before=10**7)
    assert choose_findings({"changes": table})["code"].tolist() == ["nothing_clear"]


def test_one_driver_is_not_told_five_times():
    polarities = ["negative", "positive"]
    tables = {
        "driver_shares": _shares(price=0.3, service=0.05),
        "changes": _changes(*[("price", p, 0.1, 0.01) for p in polarities]),
    }
    groups = [(g, "price", "negative", 0.2, 0.001) for g in "abc"]
    found = choose_findings(tables, outcome_tables={"groups": _groups(*groups)})
    assert found["driver"].tolist() == ["price", "price"]
    assert len(set(found["code"])) == 2


def test_both_sides_of_a_comparison_are_told_once_as_the_worse_one():
    groups = [("a", None, "outcome", 0.3, 0.01), ("b", None, "outcome", -0.3, 0.01)]
    found = choose_findings({}, outcome_tables={"groups": _groups(*groups)})
    assert found[["group", "tone"]].values.tolist() == [["b", "bad"]]
    turned = choose_findings(
        {}, outcome_tables={"groups": _groups(*groups)}, higher_is_better=False
    )
    assert turned[["group", "tone"]].values.tolist() == [["a", "bad"]]


def test_a_caveat_comes_last_and_has_a_place():
    coverage = pd.DataFrame(
        {"table": ["ratings"], "n_units": [1000], "share": [0.1], "low": [0.08], "high": [0.12]}
    )
    tables = {
        "coverage": coverage,
        "driver_shares": _shares(price=0.3, service=0.05),
        "changes": _changes(*[(d, "negative", 0.1, 0.01) for d in ("a", "b", "c", "d", "e")]),
    }
    found = choose_findings(tables)
    assert len(found) == 5
    assert found["rank"].tolist() == [1, 2, 3, 4, 5]
    assert found["code"].iloc[-1] == "low_coverage"
    assert found["label"].iloc[-1] == "ratings"
    assert set(found["code"]) <= set(CODES)
    assert choose_findings({"coverage": coverage})["code"].tolist() == [
        "nothing_clear",
        "low_coverage",
    ]


def test_chats_that_cool_down_but_end_badly_are_no_good_news():
    rows = {"sentiment_change": (0.4, 0.35, 0.45), "ended_negative": (0.8, 0.75, 0.85)}
    table = pd.DataFrame(
        [
            {"measure": name, "estimate": e, "low": low, "high": high, "n": 900, "of": 1000}
            for name, (e, low, high) in rows.items()
        ]
    )
    found = choose_findings({"conversation_measures": table})
    assert found[["code", "tone"]].values.tolist() == [["ended_negative", "bad"]]
    better = table[table["measure"] == "sentiment_change"]
    assert choose_findings({"conversation_measures": better})["tone"].tolist() == ["good"]


def test_the_order_of_rows_changes_nothing():
    table = _changes(*[(d, "negative", 0.1, 0.01) for d in ("a", "b", "c")])
    one, two = (choose_findings({"changes": t}) for t in (table, table.iloc[::-1]))
    pd.testing.assert_frame_equal(one, two)


def test_at_least_one_finding():
    with pytest.raises(ConfigError, match="max_findings is 0"):
        choose_findings({}, max_findings=0)


def _importance(share, n_negative, n_positive):
    row = {"driver": "product", "share": share, "share_low": share - 0.01, "q_null": 0.005}
    row |= {"share_high": share + 0.01, "p_first": 1.0, "fit": 0.45, "fit_controls": 0.0}
    return pd.DataFrame([{**row, "n": 1000, "n_negative": n_negative, "n_positive": n_positive}])


def test_the_driver_that_all_texts_are_about_is_no_finding():
    """As product of the clothing reviews: in 99.7 % of the texts, 96 % of the importance."""
    for share, n, codes in ((0.96, 850, ["nothing_clear"]), (0.55, 850, ["top_driver"])):
        tables = {"importance": _importance(share, 260, n)}
        assert choose_findings({}, outcome_tables=tables)["code"].tolist() == codes


def test_what_to_look_at_next_and_the_criticism_in_words_are_told():
    """As in the hotel reviews: product, then service; of all criticism small rooms most often."""
    actions = pd.DataFrame(
        {"driver": ["product", "service", "price"], "code": ["repair_first", "improve", "watch"]}
    ).assign(
        what_if_gain=[0.22, 0.08, 0.03], what_if_gain_low=[0.19, 0.06, 0.01],
        what_if_gain_high=[0.26, 0.1, 0.06], penalty=-1.0, reward=0.5, share_negative=0.1, n=1000,
    )  # fmt: skip
    terms = pd.DataFrame(
        {"driver": "product", "aspect": ["room", None], "opinion": ["small", "noisy"],
         "polarity": "negative", "n": [30, 8], "of": 1000, "share": [0.03, 0.008],
         "share_low": [0.021, 0.004], "share_high": [0.043, 0.016]}
    )  # fmt: skip
    found = choose_findings({"actions": actions, "terms": terms})
    assert found[["code", "driver", "label"]].values.tolist() == [
        ["repair_first", "product", None],
        ["repair_next", "service", None],
        ["criticised_term", "product", "room–small"],
    ]
    assert choose_findings({"terms": terms.iloc[1:]})["code"].tolist() == ["nothing_clear"]


def test_a_criticism_in_few_of_many_texts_is_no_finding():
    """As of 5,000 phone reviews: 24 say 内存小, and as many say 声音小."""
    terms = pd.DataFrame(
        {"driver": "product", "polarity": "negative", "aspect": ["内存", "声音"], "opinion": "小",
         "n": 24, "of": 4985, "share": 24 / 4985, "share_low": 0.003, "share_high": 0.007}
    )  # fmt: skip
    assert choose_findings({"terms": terms})["code"].tolist() == ["nothing_clear"]
    often = terms.assign(n=80, share=80 / 4985)
    assert choose_findings({"terms": often})["code"].tolist() == ["criticised_term"]


def test_a_few_conversations_do_not_come_before_many_reviews():
    measures = pd.DataFrame(
        {
            "measure": ["asked_escalation", "customer_turns"],
            "estimate": [0.4, 5.0],
            "low": [0.2, 4.0],
            "high": [0.6, 6.0],
            "n": 24,
            "of": 24,
        }
    )
    shares = pd.DataFrame(
        {
            "driver": ["product", "service"],
            "polarity": "negative",
            "share": [0.3, 0.05],
            "low": [0.25, 0.03],
            "high": [0.35, 0.08],
            "of": 2000,
        }
    )
    codes = choose_findings({"conversation_measures": measures, "driver_shares": shares})["code"]
    assert codes.tolist()[0] == "most_criticised"
    alone = choose_findings({"conversation_measures": measures})
    assert alone["code"].tolist() == ["asked_escalation"]
