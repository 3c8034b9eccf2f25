import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nlp_cx.analyze.alerts.clock import read_clock
from nlp_cx.analyze.alerts.find_alerts import find_alerts
from nlp_cx.analyze.alerts.rules import AlertRules
from nlp_cx.analyze.alerts.verdicts import Sums, adjust_last_axis, judge
from nlp_cx.analyze.alerts.windows import build_watch, find_bounds, sum_windows
from nlp_cx.analyze.proportions import adjust_p_values
from nlp_cx.config import parse_config
from nlp_cx.errors import AnalysisError

DAY = pd.Timestamp("2024-01-01")  # a Monday, as the ends of all weekly windows


def make_rules(zone=None, **change):
    rule = {
        "name": "complaints",
        "severity": "medium",
        "owner": "ops",
        "due_hours": 48,
        "metric": "share",
        "of": [{"column": "bad", "op": "==", "value": 1}],
        "window_days": 7,
        "step_days": 7,
        "baseline_days": 28,
    } | change
    if rule["metric"] in ("mean", "nps"):
        rule.pop("of")
    raw = {
        "key": "id",
        "time": "at",
        "aggregate": [{k: v for k, v in rule.items() if v is not None}],
    }
    return parse_config(raw | ({"time_zone": zone} if zone else {}), AlertRules)


def spread(k, n, start, days, **columns):
    """Make n rows, k of them bad, spread evenly over some days."""
    at = DAY + pd.to_timedelta(start + np.arange(n) * days / n, unit="D")
    bad = np.zeros(n, int)
    bad[np.linspace(0, n - 1, k).astype(int) if k else []] = 1
    return pd.DataFrame({"at": at, "bad": bad, **columns})


def table(*parts):
    frame = pd.concat(parts, ignore_index=True)
    frame.insert(0, "id", np.arange(len(frame)))
    return frame


def before_and_after(k1, n1, k2, n2, **columns):
    return table(spread(k1, n1, 0, 28, **columns), spread(k2, n2, 28, 7, **columns))


NOW = DAY + pd.Timedelta(days=35)


def test_60_then_90_of_1000_opens_a_case():
    found = find_alerts(before_and_after(60, 1000, 90, 1000), make_rules(), now=NOW)
    case = found.cases[0]
    assert case["p_value"] == pytest.approx(0.01087, abs=5e-6)
    assert (case["estimate"], case["baseline"]) == (0.09, 0.06)
    assert (case["n"], case["n_baseline"]) == (1000, 1000)
    assert (case["window_start"], case["window_end"]) == ("2024-01-29", "2024-02-05")
    assert case["due_at"] == "2024-02-07T00:00:00"
    assert case["segment"] == {}
    assert case["low"] < 0.09 < case["high"]


def test_3_then_6_of_50_does_not():
    found = find_alerts(before_and_after(3, 50, 6, 50), make_rules(), now=NOW)
    assert found.cases == []
    verdict = found.verdicts.iloc[0]
    assert verdict.status == "quiet"
    # 4.5 hits are expected on a side: the exact test is taken, and agrees with z (p .2945)
    assert verdict.p_value > 0.25


def test_an_improvement_is_no_alert_unless_it_is_asked_for():
    better = before_and_after(90, 1000, 60, 1000)
    assert find_alerts(better, make_rules(), now=NOW).cases == []
    assert len(find_alerts(better, make_rules(direction="down"), now=NOW).cases) == 1


def test_a_change_that_is_too_small_to_matter_is_none():
    worse = before_and_after(60, 1000, 90, 1000)
    assert find_alerts(worse, make_rules(min_change=0.05), now=NOW).cases == []
    assert len(find_alerts(worse, make_rules(min_change=0.03), now=NOW).cases) == 1


def test_too_few_rows_give_a_reason_and_no_verdict():
    found = find_alerts(before_and_after(0, 1000, 9, 9), make_rules(), now=NOW)
    verdict = found.verdicts.iloc[0]
    assert verdict.status == "not judged"
    assert verdict.reason == "9 rows in the window, expected 30"
    assert pd.isna(verdict.p_value)
    few = find_alerts(before_and_after(2, 20, 30, 300), make_rules(), now=NOW).verdicts.iloc[0]
    assert few.reason == "20 rows in the baseline, expected 30"


def test_the_last_window_is_complete_and_the_days_after_it_wait():
    worse = before_and_after(60, 1000, 90, 1000)
    for now in (NOW, NOW + pd.Timedelta(days=6, hours=23)):
        assert find_alerts(worse, make_rules(), now=now).cases[0]["window_end"] == "2024-02-05"
    early = find_alerts(worse, make_rules(), now=NOW - pd.Timedelta(seconds=1))
    assert early.verdicts.window_end.tolist() == ["2024-01-29"]


def test_segments_are_judged_apart_and_together():
    names = [f"store {i:02d}" for i in range(20)]
    quiet = [before_and_after(60, 1000, 60, 1000, store=name) for name in names[1:]]
    worse = before_and_after(60, 1000, 85, 1000, store=names[0])
    alone = find_alerts(table(worse.drop(columns="id")), make_rules(segment=["store"]), now=NOW)
    assert alone.cases[0]["segment"] == {"store": "store 00"}
    everything = table(*(frame.drop(columns="id") for frame in [worse, *quiet]))
    among = find_alerts(everything, make_rules(segment=["store"]), now=NOW)
    assert among.cases == []  # p .032 is nothing special among 20
    row = among.verdicts.iloc[0]
    assert row.p_value == pytest.approx(alone.cases[0]["p_value"])
    assert row.p_adjusted == pytest.approx(20 * row.p_value, rel=1e-4)
    assert row.n_compared == 20


def test_segments_without_enough_rows_do_not_count_as_comparisons():
    big = before_and_after(60, 1000, 90, 1000, store="big").drop(columns="id")
    small = [before_and_after(1, 40, 0, 9, store=f"s{i}").drop(columns="id") for i in range(9)]
    case = find_alerts(table(big, *small), make_rules(segment=["store"]), now=NOW).cases[0]
    assert case["n_compared"] == 1
    assert case["p_adjusted"] == case["p_value"]


def test_a_row_without_a_segment_is_in_none():
    ox = before_and_after(60, 1000, 90, 1000, store=None)
    found = find_alerts(ox, make_rules(segment=["store"]), now=NOW)
    assert found.cases == []
    assert found.summary.reason.tolist() == ["no window lies wholly between the first row and now"]


def test_results_do_not_depend_on_the_order_of_rows():
    ox = before_and_after(60, 1000, 90, 1000, store="a")
    rules = make_rules(segment=["store"])
    shuffled = find_alerts(ox.sample(frac=1, random_state=1), rules, now=NOW)
    assert shuffled.cases == find_alerts(ox, rules, now=NOW).cases


def test_a_limit_is_passed_only_beyond_chance():
    rules = make_rules(baseline_days=None, threshold=0.07)
    case = find_alerts(before_and_after(60, 1000, 90, 1000), rules, now=NOW).cases[0]
    z = (0.09 - 0.07) / np.sqrt(0.07 * 0.93 / 1000)
    from scipy.stats import norm

    assert case["p_value"] == pytest.approx(2 * norm.sf(z), rel=1e-4)
    assert case["low"] > 0.07  # the Wilson interval says the same
    close = make_rules(baseline_days=None, threshold=0.085)
    assert find_alerts(before_and_after(60, 1000, 90, 1000), close, now=NOW).cases == []


def test_limit_and_baseline_must_both_be_passed():
    worse = before_and_after(60, 1000, 90, 1000)
    assert find_alerts(worse, make_rules(threshold=0.09), now=NOW).cases == []
    assert len(find_alerts(worse, make_rules(threshold=0.07), now=NOW).cases) == 1


# The tests themselves, against others' implementations


def sums(*rows):
    return Sums(
        np.array([[row[0] for row in rows]], float), np.array([[row[1:] for row in rows]], float)
    )


def p_of(metric, window, baseline=None, **change):
    watch = make_rules(
        metric=metric, column=None if metric in ("share", "count") else "v", **change
    ).aggregate[0]
    verdicts = judge(watch, sums(window), None if baseline is None else sums(baseline), np.zeros(1))
    return float(verdicts.p_value[0, 0])


def test_shares_agree_with_statsmodels():
    from statsmodels.stats.proportion import proportions_ztest

    expected = proportions_ztest([90, 60], [800, 1000])[1]
    assert p_of("share", (800, 90), (1000, 60)) == pytest.approx(expected)


def test_rare_shares_are_tested_exactly():
    from scipy.stats import binom

    # 5 of 100 after 1 of 200: given 6 hits in all, 5 or more fall into a third of the rows
    expected = 2 * binom.sf(4, 6, 1 / 3)
    assert p_of("share", (100, 5), (200, 1)) == pytest.approx(expected)
    assert p_of("share", (100, 95), (200, 199)) == pytest.approx(expected)
    assert p_of("share", (100, 0), (200, 0)) == 1


def test_means_agree_with_scipy():
    from scipy.stats import ttest_1samp, ttest_ind

    rng = np.random.default_rng(0)
    a, b = rng.normal(4, 1, 60), rng.normal(3.6, 2, 40)

    def pack(v):
        return (v.size, v.sum(), (v**2).sum())

    expected = ttest_ind(b, a, equal_var=False).pvalue
    assert p_of("mean", pack(b), pack(a)) == pytest.approx(expected)
    level = p_of("mean", pack(b), baseline_days=None, threshold=4.0)
    assert level == pytest.approx(ttest_1samp(b, 4.0).pvalue)
    same = np.full(40, 4.0)
    assert np.isnan(p_of("mean", pack(same), pack(same)))


def test_net_promoter_scores_agree_with_the_worked_example():
    # 50/30/20 then 60/25/15 of 100: z 1.372, p .170
    assert p_of("nps", (100, 60, 15), (100, 50, 20)) == pytest.approx(0.170, abs=5e-4)


def test_counts_agree_with_scipy():
    from scipy.stats import binomtest, poisson

    upper = binomtest(25, 65, 7 / 35, alternative="greater").pvalue
    assert p_of("count", (25,), (40,)) == pytest.approx(2 * upper)
    limit = p_of("count", (12,), baseline_days=None, threshold=5)
    assert limit == pytest.approx(2 * poisson.sf(11, 5))


@given(
    arrays(float, st.tuples(st.integers(1, 4), st.integers(1, 6)), elements=st.floats(0, 1)),
    st.data(),
)
def test_adjusting_rows_agrees_with_adjusting_each(p, data):
    p = np.where(data.draw(arrays(bool, p.shape)), np.nan, p)
    for row, expected in zip(adjust_last_axis(p), map(adjust_p_values, p), strict=True):
        np.testing.assert_allclose(row, expected)


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(st.floats(0, 60), st.sampled_from("ab"), st.booleans()), min_size=1, max_size=40
    )
)
def test_window_sums_agree_with_counting(rows):
    at = [DAY + pd.Timedelta(days=day) for day, _, _ in rows]
    ox = table(
        pd.DataFrame(
            {"at": at, "store": [s for _, s, _ in rows], "bad": [int(b) for *_, b in rows]}
        )
    )
    rules = make_rules(segment=["store"], step_days=5, window_days=6, baseline_days=9)
    rule = rules.aggregate[0]
    watch = build_watch(ox, rule, read_clock(ox, rules, DAY + pd.Timedelta(days=70)))
    for before, length in ((0, 6), (6, 9)):
        bounds = find_bounds(watch, before, length)
        hits = sum_windows(watch.values, bounds)[..., 0]
        for i, end in enumerate(watch.ends):
            last = pd.Timestamp(0) + pd.Timedelta(days=int(end) - before)
            inside = (ox["at"] < last) & (ox["at"] >= last - pd.Timedelta(days=length))
            for g, segment in enumerate(watch.segments):
                here = inside & (ox["store"] == segment["store"])
                assert bounds[1][i, g] - bounds[0][i, g] == here.sum()
                assert hits[i, g] == ox.loc[here, "bad"].sum()


# Metrics


def test_a_mean_that_falls_opens_a_case():
    rng = np.random.default_rng(0)
    ox = before_and_after(0, 400, 0, 100)
    ox["r_csat"] = np.where(ox["at"] < DAY + pd.Timedelta(days=28), 4.2, 3.5) + rng.normal(
        0, 1, 500
    )
    rules = make_rules(metric="mean", column="r_csat", direction="down")
    case = find_alerts(ox, rules, now=NOW).cases[0]
    after = ox.loc[400:, "r_csat"]
    assert case["estimate"] == pytest.approx(after.mean(), rel=1e-5)
    half = after.std(ddof=1) / 10 * 1.984217
    assert case["high"] - case["estimate"] == pytest.approx(half, rel=1e-3)
    assert case["metric"] == "mean of r_csat"


def test_an_nps_needs_its_scale():
    ox = before_and_after(0, 400, 0, 100).assign(r=5.0)
    with pytest.raises(AnalysisError, match="never exceeds 5"):
        find_alerts(ox, make_rules(metric="nps", column="r"), now=NOW)
    with pytest.raises(AnalysisError, match="no answers from 0 to 10"):
        find_alerts(ox.assign(r=9.5), make_rules(metric="nps", column="r"), now=NOW)


def test_a_burst_of_records_opens_a_case():
    ox = table(spread(28, 280, 0, 28), spread(22, 70, 28, 7))
    case = find_alerts(ox, make_rules(metric="count"), now=NOW).cases[0]
    assert (case["estimate"], case["baseline"], case["n_baseline"]) == (22, 7, 28)


def test_a_new_segment_is_no_burst():
    old = spread(28, 280, 0, 28, store="old")
    new = spread(40, 70, 21, 14, store="new")
    found = find_alerts(table(old, new), make_rules(metric="count", segment=["store"]), now=NOW)
    verdict = found.verdicts[found.verdicts.segment.map(lambda s: s["store"]) == "new"].iloc[0]
    assert verdict.status == "not judged"
    assert verdict.reason == "the segment is younger than window and baseline"


# Memory


def weeks(shares, n=400):
    """Make a history of weekly shares, the first of them five weeks long."""
    parts = [spread(round(shares[0] * n * 5), n * 5, 0, 35)]
    parts += [spread(round(share * n), n, 35 + 7 * i, 7) for i, share in enumerate(shares[1:])]
    return table(*parts), DAY + pd.Timedelta(days=35 + 7 * (len(shares) - 1))


def ends_of(found):
    return [case["window_end"] for case in found.cases]


def test_an_alert_that_is_on_is_told_once_until_things_were_better():
    # Rises in week 1, stays for 2, back in week 4, rises again in week 5
    ox, now = weeks([0.05, 0.15, 0.15, 0.15, 0.04, 0.15])
    rules = make_rules(baseline_days=None, threshold=0.08)
    found = find_alerts(ox, rules, now=now, since=DAY)
    assert ends_of(found) == ["2024-02-12", "2024-03-11"]


def test_hysteresis_keeps_an_alert_open_between_two_levels():
    ox, now = weeks([0.05, 0.15, 0.075, 0.15, 0.05, 0.15])
    plain = make_rules(baseline_days=None, threshold=0.08)
    steady = make_rules(baseline_days=None, threshold=0.08, clear=0.06)
    assert len(ends_of(find_alerts(ox, plain, now=now, since=DAY))) == 3
    assert ends_of(find_alerts(ox, steady, now=now, since=DAY)) == ["2024-02-12", "2024-03-11"]


def test_after_a_case_there_is_none_for_the_cool_down():
    ox, now = weeks([0.05, 0.15, 0.04, 0.15, 0.04, 0.15])
    rules = make_rules(baseline_days=None, threshold=0.08, cool_down_days=28)
    found = find_alerts(ox, rules, now=now, since=DAY)
    assert ends_of(found) == ["2024-02-12", "2024-03-11"]
    assert found.summary.n_cooling.tolist() == [1]


def test_a_level_that_stays_is_forgotten_as_the_usual_one():
    ox, now = weeks([0.05, *[0.15] * 8])
    rules = make_rules(baseline_days=None, threshold=0.08, forget_days=35)
    assert ends_of(find_alerts(ox, rules, now=now, since=DAY)) == ["2024-02-12", "2024-03-18"]


def test_an_open_alert_against_a_baseline_closes_half_way_back():
    ox, now = weeks([0.05, 0.15, 0.11, 0.15, 0.15])
    found = find_alerts(ox, make_rules(), now=now, since=DAY)
    assert ends_of(found) == ["2024-02-12"]  # 0.11 is above (0.15 + 0.05) / 2


def test_runs_with_a_state_add_up_to_one_run_over_all_windows():
    ox, now = weeks([0.05, 0.15, 0.15, 0.04, 0.15, 0.05, 0.15], n=300)
    rules = make_rules(baseline_days=None, threshold=0.08, cool_down_days=14)
    together = find_alerts(ox, rules, now=now, since=DAY).cases
    state, apart = None, []
    for end in pd.date_range(DAY + pd.Timedelta(days=35), now, freq="7D"):
        known = ox[ox["at"] < end]
        first = DAY if state is None else None
        found = find_alerts(known, rules, now=end, since=first, state=state)
        again = find_alerts(known, rules, now=end, state=found.state)
        assert again.cases == []
        assert "judged before" in again.summary.reason[0]
        apart += found.cases
        state = found.state
    assert apart == together
    assert len(together) > 1


def test_windows_that_were_missed_are_judged_in_the_next_run():
    ox, now = weeks([0.05, 0.15, 0.04, 0.04])
    rules = make_rules(baseline_days=None, threshold=0.08)
    first = find_alerts(ox, rules, now=DAY + pd.Timedelta(days=35))
    assert first.cases == []
    assert ends_of(find_alerts(ox, rules, now=now, state=first.state)) == ["2024-02-12"]
    assert ends_of(find_alerts(ox, rules, now=now)) == []  # without memory: the last window only


def test_midnight_is_that_of_the_zone():
    ox = before_and_after(60, 1000, 90, 1000)
    ox["at"] = ox["at"].dt.tz_localize("UTC")
    shanghai = find_alerts(ox, make_rules(zone="Asia/Shanghai"), now=NOW + pd.Timedelta(hours=8))
    assert shanghai.cases[0]["due_at"] == "2024-02-07T00:00:00+08:00"
    # The window begins 8 hours earlier: 12 rows more of the days before, 48 fewer of its own.
    assert shanghai.cases[0]["n"] == 1000 + 12 - 48


def test_the_summary_counts_segments_that_could_not_be_judged():
    big = before_and_after(60, 1000, 90, 1000, store="big").drop(columns="id")
    small = before_and_after(1, 40, 0, 9, store="small").drop(columns="id")
    found = find_alerts(table(big, small), make_rules(segment=["store"]), now=NOW)
    row = found.summary.iloc[0]
    assert (row.n_windows, row.n_segments, row.n_judged) == (1, 2, 1)
    assert found.verdicts.status.tolist() == ["case", "not judged"]


def test_weekly_windows_end_on_mondays_whenever_they_are_looked_at():
    ox = before_and_after(60, 1000, 90, 1000)
    for days in (35, 36, 41):
        found = find_alerts(ox, make_rules(), now=DAY + pd.Timedelta(days=days))
        assert pd.Timestamp(found.verdicts.window_end[0]).day_name() == "Monday"
