"""Labels, scores and probabilities, worked out by hand from raw outputs."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nlp_cx.classify.decode import (
    Calibration,
    calibration_from_weights,
    decode,
    identity_calibration,
    output_names,
)
from nlp_cx.schema import LANGUAGES, LOYALTIES, POLARITIES, SENTIMENTS

DRIVERS = ("price", "service")
NAMES = output_names(DRIVERS)
NEVER = -30.0
IDENTITY = identity_calibration(len(DRIVERS))


def outputs(**logits):
    """Give the raw outputs of one text; a name is written as in ``price_negative``."""
    row = np.full(len(NAMES), NEVER, np.float32)
    row[:3] = 0
    for name, value in logits.items():
        row[NAMES.index(name.replace("_", ":"))] = value
    return row


def decode_one(row, calibration=IDENTITY, language=0):
    return decode(row[None], np.array([language], np.int8), calibration)


def calibrated(**arrays_):
    """Change some arrays of the identity."""
    changed = {n: np.asarray(a, np.float32) for n, a in arrays_.items()}
    return Calibration(**(IDENTITY._asdict() | changed))


def p(z):
    return 1 / (1 + math.exp(-z))


def any_of(*presences):
    return 1 - math.prod(1 - presence for presence in presences)


def polarity_of(decoded, driver):
    return POLARITIES[decoded.polarity[DRIVERS.index(driver), 0]]


def test_sentiments_are_a_softmax():
    decoded = decode_one(outputs(negative=1.0, neutral=0.0, positive=3.0))
    total = math.e + 1 + math.e**3
    expected = np.array([math.e, 1, math.e**3]) / total
    np.testing.assert_allclose(decoded.probability[:, 0], expected, rtol=1e-6)
    assert decoded.sentiment_score[0] == pytest.approx((math.e**3 - math.e) / total)
    assert SENTIMENTS[decoded.sentiment[0]] == "positive"


@pytest.mark.parametrize(
    ("threshold", "expected"), [(0.40, "neutral"), (0.41, "neutral"), (0.42, "negative")]
)
def test_a_text_is_neutral_from_its_threshold_on(threshold, expected):
    # their softmax is 0.377, 0.416 and 0.207
    row = outputs(negative=0.1, neutral=0.2, positive=-0.5)
    decoded = decode_one(row, calibrated(neutral_threshold=[threshold] * len(LANGUAGES)))
    assert SENTIMENTS[decoded.sentiment[0]] == expected


def test_a_driver_is_mentioned_if_any_of_three_mentions_is():
    decoded = decode_one(outputs(price_negative=-1.0, price_neutral=-1.0, price_positive=-1.0))
    mention = any_of(p(-1), p(-1), p(-1))  # 0.61, though each is 0.27
    np.testing.assert_allclose(decoded.p_driver[:, 0], [mention, 0], atol=1e-6)
    assert decoded.mentioned[:, 0].tolist() == [True, False]


def test_the_score_of_a_driver_is_its_balance_given_a_mention():
    decoded = decode_one(outputs(service_negative=2.0, service_neutral=-1.0, service_positive=0.5))
    expected = (p(0.5) - p(2)) / (p(2) + p(-1) + p(0.5))
    assert decoded.driver_score[1, 0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("negative", "neutral", "positive", "expected"),
    [
        (2.0, -1.0, -0.1, "negative"),
        (-1.0, 2.0, -0.1, "neutral"),
        (-0.1, 1.0, 2.0, "positive"),
        (0.1, -1.0, 2.0, "mixed"),
        (0.1, 3.0, 0.1, "mixed"),
        (0.0, -5.0, 0.0, "mixed"),
        (-1.0, -1.0, -1.0, "negative"),
        (-2.0, -1.0, -1.0, "neutral"),
    ],
)
def test_polarity_is_the_most_probable_mention_or_mixed(negative, neutral, positive, expected):
    row = outputs(price_negative=negative, price_neutral=neutral, price_positive=positive)
    assert polarity_of(decode_one(row), "price") == expected


def test_thresholds_belong_to_their_driver_and_language():
    row = outputs(price_negative=0.0, service_negative=0.0)  # P(mention) is 0.5 for both
    thresholds = np.full((len(LANGUAGES), 2), 0.51, np.float32)
    thresholds[LANGUAGES.index("en"), 1] = 0.49
    calibration = calibrated(mention_threshold=thresholds)
    for language, name in enumerate(LANGUAGES):
        mentioned = decode_one(row, calibration, language).mentioned[:, 0]
        assert mentioned.tolist() == [False, name == "en"]


def test_a_both_threshold_belongs_to_its_driver():
    row = outputs(price_negative=0.5, price_positive=0.5)
    row[NAMES.index("service:negative")] = row[NAMES.index("service:positive")] = 0.5
    decoded = decode_one(row, calibrated(both_threshold=[0.6, 0.7]))
    assert polarity_of(decoded, "price") == "mixed"
    assert polarity_of(decoded, "service") == "negative"


def test_calibration_scales_and_shifts_every_output_by_language():
    scale = np.ones((len(LANGUAGES), len(NAMES)), np.float32)
    bias = np.zeros_like(scale)
    english = LANGUAGES.index("en")
    scale[english, NAMES.index("price:positive")] = 2
    bias[english, NAMES.index("price:positive")] = -0.5
    calibration = calibrated(scale=scale, bias=bias)
    row = outputs(price_positive=1.0)
    assert decode_one(row, calibration).p_driver[0, 0] == pytest.approx(p(1), rel=1e-5)
    calibrated_p = decode_one(row, calibration, english).p_driver[0, 0]
    assert calibrated_p == pytest.approx(p(1.5), rel=1e-5)


def test_the_log_odds_of_a_mention_are_scaled_and_shifted():
    n = len(LANGUAGES)
    calibration = calibrated(mention_scale=np.full((n, 2), 0.5), mention_bias=np.full((n, 2), -1.0))
    row = outputs(price_negative=1.0, price_positive=0.0)
    union = any_of(p(1), p(0))
    expected = p(0.5 * math.log(union / (1 - union)) - 1)
    assert decode_one(row, calibration).p_driver[0, 0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("praise", "criticism", "expected"),
    [(0.1, 0.1, 1), (3.0, -0.1, 0), (-0.1, 3.0, 0), (-1, -1, 0)],
)
def test_a_text_is_mixed_with_real_praise_and_real_criticism(praise, criticism, expected):
    assert decode_one(outputs(praise=praise, criticism=criticism)).mixed[0] == expected


@pytest.mark.parametrize(
    ("negative", "positive", "expected"),
    [
        (-0.1, -0.1, None),
        (0.1, -1.0, "negative"),
        (-1.0, 0.1, "positive"),
        (0.2, 0.1, "negative"),
        (0.1, 0.2, "positive"),
    ],
)
def test_loyalty_is_the_side_farther_above_its_threshold(negative, positive, expected):
    decoded = decode_one(outputs(loyalty_negative=negative, loyalty_positive=positive))
    code = decoded.loyalty[0]
    assert (LOYALTIES[code] if code >= 0 else None) == expected


def test_thresholds_of_loyalty_are_taken_off_before_the_sides_are_compared():
    row = outputs(loyalty_negative=1.0, loyalty_positive=0.5)  # 0.73 and 0.62
    assert decode_one(row, calibrated(loyalty_threshold=[0.7, 0.5])).loyalty[0] == 1
    assert decode_one(row, calibrated(loyalty_threshold=[0.8, 0.7])).loyalty[0] == -1


def test_nothing_is_said_of_texts_that_are_not_a_number():
    rows = np.stack([outputs(positive=2.0), np.full(len(NAMES), np.nan, np.float32)])
    decoded = decode(rows, np.array([0, -1], np.int8), IDENTITY)
    assert decoded.sentiment.tolist() == [2, -1]
    assert decoded.loyalty[1] == decoded.mixed[1] == -1
    assert not decoded.mentioned[:, 1].any()
    assert (decoded.polarity[:, 1] == -1).all()
    for numbers in (decoded.probability, decoded.p_driver, decoded.driver_score):
        assert np.isnan(numbers[:, 1]).all()
        assert not np.isnan(numbers[:, 0]).any()
    assert np.isnan(decoded.sentiment_score[1])


@given(
    arrays(
        np.float32,
        (4, len(NAMES)),
        elements=st.floats(-1e4, 1e4, width=32, allow_nan=False),
    )
)
def test_values_stay_in_their_ranges(rows):
    decoded = decode(rows, np.arange(4, dtype=np.int8), IDENTITY)
    np.testing.assert_allclose(decoded.probability.sum(0), 1, atol=1e-5)
    for numbers in (decoded.probability, decoded.p_driver):
        assert ((numbers >= 0) & (numbers <= 1)).all()
    for numbers in (decoded.sentiment_score, decoded.driver_score):
        assert ((numbers >= -1) & (numbers <= 1)).all()
    assert set(decoded.mixed.tolist()) <= {0, 1}
    assert ((decoded.polarity >= 0) & (decoded.polarity < len(POLARITIES))).all()
    # A label never contradicts the sign of its score.
    negative = decoded.polarity == POLARITIES.index("negative")
    positive = decoded.polarity == POLARITIES.index("positive")
    assert (decoded.driver_score[negative] <= 0).all()
    assert (decoded.driver_score[positive] >= 0).all()


def test_calibration_comes_back_from_weights():
    weights = {f"calibration.{name}": array for name, array in IDENTITY._asdict().items()}
    found = calibration_from_weights(weights, len(DRIVERS))
    for name, array in IDENTITY._asdict().items():
        assert np.array_equal(getattr(found, name), array)
        assert not getattr(found, name).flags.writeable
