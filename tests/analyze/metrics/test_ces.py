"""CES: the direction is asked for, and shows in the name."""

import pandas as pd
import pytest

from nlp_cx.analyze.metrics import code_ces, estimate_ces
from nlp_cx.errors import AnalysisError, ConfigError

ANSWERS = pd.DataFrame({"r": [1, 1, 1, 2, 2, 3, 3, 4, 5, 5, 5, 5]})


def test_there_is_no_default_direction():
    with pytest.raises(TypeError, match="direction"):
        code_ces(ANSWERS, "r", scale=(1, 5))
    with pytest.raises(ConfigError, match="answers cannot tell"):
        code_ces(ANSWERS, "r", direction="low", scale=(1, 5))


def test_directions_mirror_each_other_and_are_named_apart():
    effort = estimate_ces(ANSWERS, "r", direction="effort_low_is_good", scale=(1, 5))
    turned = pd.DataFrame({"r": 6 - ANSWERS["r"]})
    ease = estimate_ces(turned, "r", direction="ease_high_is_good", scale=(1, 5))
    assert effort["metric"].tolist() == [
        "ces_effort_mean",
        "ces_net_easy",
        "ces_easy_share",
        "ces_hard_share",
    ]
    assert ease["metric"].iloc[0] == "ces_ease_mean"
    columns = ["estimate", "low", "high"]
    pd.testing.assert_frame_equal(effort.loc[1:, columns], ease.loc[1:, columns])
    assert effort["estimate"].iloc[0] == pytest.approx(6 - ease["estimate"].iloc[0])


def test_the_same_answers_mean_the_opposite_in_the_other_direction():
    effort, ease = (
        estimate_ces(ANSWERS, "r", direction=direction, scale=(1, 5)).set_index("metric")
        for direction in ("effort_low_is_good", "ease_high_is_good")
    )
    assert effort.loc["ces_net_easy", "estimate"] == -ease.loc["ces_net_easy", "estimate"]
    assert effort.loc["ces_easy_share", "unit"] == "share of answers 1-2"
    assert ease.loc["ces_easy_share", "unit"] == "share of answers 4-5"


def test_the_middle_is_neither_easy_nor_hard():
    shares = estimate_ces(ANSWERS, "r", direction="ease_high_is_good", scale=(1, 5)).set_index(
        "metric"
    )["estimate"]
    assert shares["ces_easy_share"] + shares["ces_hard_share"] == pytest.approx(10 / 12)
    assert shares["ces_net_easy"] == pytest.approx(0)


def test_boxes_narrow_both_ends():
    wide = pd.DataFrame({"r": [1, 2, 3, 4, 5, 6, 7] * 2})
    result = code_ces(wide, "r", direction="ease_high_is_good", scale=(1, 7), boxes=2)
    assert result[1].unit.endswith("share easy (6-7) minus share hard (1-2)")
    with pytest.raises(ConfigError, match="4 boxes at each end"):
        code_ces(wide, "r", direction="ease_high_is_good", scale=(1, 7), boxes=4)


def test_answers_outside_the_scale_are_refused():
    with pytest.raises(AnalysisError, match="ces: 4 of 12 answers in 'r' are outside 1-4"):
        code_ces(ANSWERS, "r", direction="ease_high_is_good", scale=(1, 4))
