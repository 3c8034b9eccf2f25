import json

import pandas as pd
import pytest

from nlp_cx.evaluate.atlas import find_errors, keep_worst
from nlp_cx.evaluate.bench import System, run_bench
from nlp_cx.evaluate.challenge import Item
from nlp_cx.evaluate.goals import judge_goals
from nlp_cx.evaluate.measure import Resampling
from nlp_cx.evaluate.page import render_page
from nlp_cx.evaluate.suite import (
    Above,
    CalibrationPlan,
    ChallengePlan,
    Published,
    SetPlan,
    Suite,
    SuitePlan,
    TestSet,
    make_set,
)
from nlp_cx.taxonomy import load_taxonomy

TestSet.__test__ = False
DRIVERS = load_taxonomy().ids
HOSTILE = '<script>alert(1)</script>{{ 7*7 }} " onmouseover=x \u202egnp.exe'


def frame(n=40):
    """Half praise, half criticism of service; the last two speak of the price as well."""
    half = n // 2
    made = pd.DataFrame(
        {
            "example_id": [f"s/{i}" for i in range(n)],
            "lang": ["en" if i % 2 else "zh" for i in range(n)],
            "text": [f"text {i}" for i in range(n)],
            "sentiment": ["positive"] * half + ["negative"] * half,
            "loyalty": [None] * n,
            "is_chat": [i == 0 for i in range(n)],
        }
    )
    for driver in DRIVERS:
        made[driver] = "not_mentioned"
    made["service"] = made["sentiment"]
    made.loc[n - 2 :, "price"] = "positive"
    made.loc[0, "text"] = HOSTILE
    return made.astype(object)


def system(name, *, wrong=()):
    """Right everywhere but in the texts of certain numbers, where praise is criticism."""
    truth = frame()

    def predict(texts):
        rows = []
        for text in texts:
            at = truth.index[truth["text"] == text]
            i = int(at[0]) if len(at) else 0
            label = truth["sentiment"][i]
            if i in wrong:
                label = "negative" if label == "positive" else "positive"
            p = 0.9 if label == "positive" else 0.1
            row = {"sentiment": label, "p_positive": p, "p_neutral": 0.0, "p_negative": 1 - p}
            row |= dict.fromkeys(DRIVERS) | {f"p_{d}": 0.05 for d in DRIVERS}
            row |= {"service": label, "p_service": 0.95, "service_score": 2 * p - 1}
            rows.append(row | {"loyalty": None, "mixed": False})
        return pd.DataFrame(rows)

    def evidence(texts):
        columns = ["doc_id", "start", "end", "clause", "sentiment"]
        columns += ["driver", "driver_polarity", "driver_score"]
        cells = [
            (i, 0, 4, t[:4], "positive", "service", "positive", 0.8) for i, t in enumerate(texts)
        ]
        return pd.DataFrame(cells, columns=columns)

    return System(name, f"{name}-1", predict, evidence)


@pytest.fixture
def suite():
    published = Published(
        system=HOSTILE, value=0.9, source="report", is_checked=False, is_comparable=False
    )
    plan = SetPlan(goal=0.9, published=(published,), above=Above(model="old", points=0.04))
    made = make_set("mine", frame(), plan)
    expect = {"sentiment": "negative"}
    items = [Item("c1", "", "en", "typos", HOSTILE, expect)]
    whole = SuitePlan(
        sets={"mine": plan},
        challenge=ChallengePlan(goal=0.8, least=0.6),
        calibration=CalibrationPlan(goal=0.03),
    )
    return Suite("own", "", {"mine": made}, whole, items)


@pytest.fixture
def result(suite):
    return run_bench(
        suite, system("new", wrong={1}), against=system("old", wrong=range(10)),
        resampling=Resampling(200),
    )  # fmt: skip


def test_set_has_its_figures_and_the_paired_difference(result):
    (row,) = result.tables["sets"]
    assert (row["metric"], row["drivers"], row["n"]) == ("pair_macro_f1", ["service"], 40)
    # One wrong pair of 40 is one wrong and one missed: 2*39 / (2*39 + 1 + 1).
    assert row["value"] == pytest.approx(78 / 80)
    assert row["against"] == pytest.approx(60 / 80)
    assert row["difference"] == pytest.approx(18 / 80)
    assert 0 < row["difference_low"] < row["difference"] < row["difference_high"]
    figures = {(r["lang"], r["figure"]): r for r in result.tables["figures"]}
    assert figures["en", "accuracy"]["n"] == 20
    assert figures["en", "accuracy"]["value"] == 0.95
    assert figures["zh", "accuracy"]["value"] == 1.0


def test_slices_are_found_by_wording_labels_and_source(result):
    rows = {(r["slice"], r["lang"], r["figure"]): r["n"] for r in result.tables["slices"]}
    assert rows["chat turn", "all", "accuracy"] == 1
    assert rows["mixed polarity", "all", "accuracy"] == 2  # service negative, price positive
    assert rows["middle length", "all", "accuracy"] + rows["very short", "all", "accuracy"] == 40


def test_confusion_counts_every_label(result):
    found = [r for r in result.tables["confusion"] if r["output"] == "service"]
    assert sum(r["n"] for r in found) == 40
    assert {(r["label"], r["predicted"]) for r in found if r["lang"] == "en"} == {
        ("positive", "positive"), ("negative", "negative"), ("positive", "negative"),
    }  # fmt: skip


def test_goals_are_judged(result):
    goals = {g["what"]: g for g in result.tables["goals"]}
    assert goals["mine: pair_macro_f1"]["is_met"] is True
    assert goals["mine: pair_macro_f1 above old"]["measured"] == pytest.approx(18 / 80)
    assert goals["challenge: pass rate"]["is_met"] is False
    # 40 claims are too few to speak of calibration.
    assert goals["mine, en: ECE of sentiment"]["is_met"] is None


def test_goal_above_another_model_needs_that_model(suite, result):
    goals = judge_goals(suite, result.tables, "third")
    (goal,) = [g for g in goals if g["what"].endswith("above old")]
    assert (goal["is_met"], goal["remark"]) == (None, "run with --against old")


@pytest.mark.parametrize(
    ("values", "is_met", "remark"),
    [
        ({"a": 0.9, "b": 0.2, "c": 0.1}, True, "a: 0.900"),
        ({"a": 0.93, "b": 0.2, "c": 0.1}, False, "a: 0.930"),
        ({"a": 0.1, "b": 0.2}, None, "2 baselines measured"),
    ],
)
def test_goal_above_the_best_of_three_baselines(result, values, is_met, remark):
    plan = SetPlan(baseline=0.05)
    made = make_set("mine", frame(), plan)
    test = TestSet("mine", made.frame, made.metric, made.drivers, plan=plan, baselines=values)
    suite = Suite("own", "", {"mine": test}, SuitePlan(sets={"mine": plan}))
    (goal,) = judge_goals(suite, result.tables, None)
    assert (goal["is_met"], goal["remark"]) == (is_met, remark)


def test_errors_are_named_with_probability_slices_and_evidence(result):
    errors = {(e.id, e.output): e for e in result.errors}
    assert set(errors) == {
        ("s/1", "sentiment"),
        ("s/1", "service"),
        ("s/38", "price"),
        ("s/39", "price"),
    }
    wrong = errors["s/1", "sentiment"]
    assert (wrong.kind, wrong.label, wrong.predicted) == ("wrong class", "positive", "negative")
    assert wrong.probability == pytest.approx(0.9)
    assert wrong.evidence[0]["clause"] == "text"
    assert errors["s/1", "service"].kind == "wrong polarity"
    assert errors["s/1", "service"].confidence == pytest.approx(0.95 * 0.8)
    missed = errors["s/39", "price"]
    assert (missed.kind, missed.probability, missed.evidence) == ("missed", 0.05, ())
    assert missed.confidence == pytest.approx(0.95)
    assert "mixed polarity" in missed.slices


def test_errors_come_most_confident_first_and_are_kept_per_kind():
    found = frame()
    predicted = system("x", wrong=range(4)).predict(found["text"].tolist())
    predicted.loc[2, ["p_positive", "p_negative"]] = [0.001, 0.999]
    slices = pd.DataFrame(index=range(len(found)))
    errors = [e for e in find_errors("mine", found, predicted, slices) if e.output == "sentiment"]
    assert [e.id for e in errors] == ["s/2", "s/0", "s/1", "s/3"]
    assert len(keep_worst(errors, 3)) == 3


def test_page_shows_texts_and_runs_nothing(result):
    page = render_page(result, command="nlp-cx evaluate", made="2026-01-01")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }} &#34; onmouseover=x" in page
    assert "\u202e" not in page
    assert "\\u202egnp.exe" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "nan" not in page.lower().replace("finance", "")


def test_model_without_drivers_is_measured_on_sentiment_alone(suite):
    full = system("new")
    bare = System("bare", "bare-1", lambda texts: full.predict(texts)[["sentiment", "p_positive", "p_negative"]])  # fmt: skip
    found = run_bench(suite, bare, resampling=Resampling(20))
    (row,) = found.tables["sets"]
    assert row["value"] != row["value"]  # not known, and not 0
    assert found.notes == ["mine: the model has no service; drivers are not measured"]
    assert {r["figure"] for r in found.tables["figures"]} == {"accuracy"}
    render_page(found, command="", made="")
    json.dumps([e.to_dict() for e in found.errors])
