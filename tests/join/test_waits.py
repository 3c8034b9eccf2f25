import numpy as np
import pytest

from nlp_cx.join.waits import AGENT, BOT, CUSTOMER, SYSTEM, UNKNOWN, measure_waits

CODES = {"c": CUSTOMER, "a": AGENT, "b": BOT, "s": SYSTEM, "?": UNKNOWN}
HOUR = 3600.0


def wait(speakers, seconds, *, clock=False):
    """Measure one conversation: first, first by an agent, mean, longest, duration."""
    codes = np.array([CODES[s] for s in speakers], np.int8)
    times = np.array(seconds, np.float64)
    is_clock = np.full(len(codes), clock) & ~np.isnan(times)
    waits = measure_waits(codes, times, is_clock, np.array([0, len(codes)]))
    return [w.item() for w in waits[:5]], waits.n_backward


NONE = np.nan


@pytest.mark.parametrize(
    ("speakers", "seconds", "expected"),
    [
        ("ca", [0, 30], [30, 30, 30, 30, 30]),
        ("cca", [0, 20, 30], [30, 30, 30, 30, 30]),
        ("caca", [0, 10, 50, 110], [10, 10, 35, 60, 110]),
        ("caa", [0, 10, 500], [10, 10, 10, 10, 500]),
        ("cbca", [0, 1, 5, 605], [1, 605, 300.5, 600, 605]),
        ("acsa", [0, 5, 6, 15], [10, 10, 10, 10, 15]),
        ("cb", [0, 2], [2, NONE, 2, 2, 2]),
        ("cc", [0, 9], [NONE, NONE, NONE, NONE, 9]),
        ("aa", [0, 9], [NONE, NONE, NONE, NONE, 9]),
        ("c", [5], [NONE, NONE, NONE, NONE, 0]),
        ("ca", [0, NONE], [NONE, NONE, NONE, NONE, NONE]),
        ("caca", [NONE, 10, 20, 50], [NONE, NONE, 30, 30, NONE]),
        ("c?a", [0, 10, 50], [NONE, NONE, NONE, NONE, 50]),
        ("c?aca", [0, 10, 50, 60, 65], [NONE, NONE, 5, 5, 65]),
    ],
)
def test_waits_run_from_the_first_unanswered_turn_to_the_answer(speakers, seconds, expected):
    assert np.array_equal(wait(speakers, seconds)[0], expected, equal_nan=True)


def test_answer_dated_before_its_question_is_not_known_and_counted():
    waits, n_backward = wait("caca", [100, 40, 200, 230])
    assert np.array_equal(waits, [NONE, NONE, 30, 30, 130], equal_nan=True)
    assert n_backward == 1


def test_clock_times_go_on_over_midnight():
    waits, _ = wait("caca", [23.9 * HOUR, 0.1 * HOUR, 1 * HOUR, 1.5 * HOUR], clock=True)
    assert np.allclose(waits, [0.2 * HOUR, 0.2 * HOUR, 0.35 * HOUR, 0.5 * HOUR, 1.6 * HOUR])


def test_small_step_back_of_a_clock_is_no_new_day():
    waits, n_backward = wait("ca", [10 * HOUR, 10 * HOUR - 3], clock=True)
    assert np.isnan(waits).all()
    assert n_backward == 1


def test_clock_times_among_dates_are_not_known():
    codes = np.array([CUSTOMER, AGENT], np.int8)
    waits = measure_waits(
        codes, np.array([1.7e9, 36000.0]), np.array([False, True]), np.array([0, 2])
    )
    assert np.isnan([w.item() for w in waits[:5]]).all()


def test_conversations_do_not_mix():
    codes = np.array([CUSTOMER, AGENT, CUSTOMER, AGENT], np.int8)
    seconds = np.array([0.0, 5, 100, 107])
    waits = measure_waits(codes, seconds, np.zeros(4, bool), np.array([0, 2, 2, 4]))
    assert np.array_equal(waits.first, [5, NONE, 7], equal_nan=True)
