"""Batches in threads: in order, lazily, and with nothing left behind."""

import threading
import time

import pytest

from nlp_cx.engine.local import default_workers, map_batches

WORKERS = [1, 2, 5]


class Reader:
    """Batches 0, 1, … that count how many were read."""

    def __init__(self, n, fails_at=None):
        self.n_read = 0
        self._n, self._fails_at = n, fails_at

    def __iter__(self):
        for i in range(self._n):
            if i == self._fails_at:
                raise OSError(f"bad sector at {i}")
            self.n_read += 1
            yield i


def slow_first(i):
    """Take the longer the earlier the batch is."""
    time.sleep(0.02 if i % 5 == 0 else 0)
    return i * i


@pytest.mark.parametrize("workers", WORKERS)
def test_results_come_in_the_order_of_the_batches(workers):
    results = map_batches(slow_first, range(30), workers=workers)
    assert list(results) == [i * i for i in range(30)]


@pytest.mark.parametrize("workers", WORKERS)
def test_no_batches_give_no_results(workers):
    assert list(map_batches(slow_first, [], workers=workers)) == []


@pytest.mark.parametrize("workers", WORKERS)
def test_few_batches_are_read_ahead(workers):
    reader = Reader(100)
    results = map_batches(slow_first, reader, workers=workers)
    assert reader.n_read == 0
    for n_taken, _ in enumerate(results, start=1):
        assert reader.n_read <= n_taken + workers
    assert reader.n_read == 100


def test_as_many_steps_run_at_a_time_as_there_are_workers():
    meeting = threading.Barrier(3, timeout=10)
    assert list(map_batches(lambda i: meeting.wait() >= 0, range(6), workers=3)) == [True] * 6


def test_one_worker_runs_in_the_calling_thread():
    threads = map_batches(lambda _: threading.get_ident(), range(3), workers=1)
    assert set(threads) == {threading.get_ident()}


@pytest.mark.parametrize("workers", WORKERS)
def test_an_error_of_a_step_comes_in_its_place(workers):
    def step(i):
        if i == 4:
            raise ZeroDivisionError("batch 4")
        return i

    reader, done = Reader(100), []
    with pytest.raises(ZeroDivisionError, match="batch 4"):
        done.extend(map_batches(step, reader, workers=workers))
    assert done == [0, 1, 2, 3]
    assert reader.n_read <= 5 + workers


@pytest.mark.parametrize("workers", WORKERS)
def test_an_error_of_reading_comes_behind_what_was_read_before(workers):
    results = map_batches(slow_first, Reader(100, fails_at=3), workers=workers)
    assert [next(results) for _ in range(3)] == [0, 1, 4]
    with pytest.raises(OSError, match="bad sector at 3"):
        next(results)


@pytest.mark.parametrize("workers", WORKERS)
def test_closing_early_reads_no_more_and_leaves_no_thread(workers):
    before = threading.active_count()
    reader = Reader(100)
    results = map_batches(slow_first, reader, workers=workers)
    next(results)
    results.close()
    assert reader.n_read <= 1 + workers
    assert threading.active_count() == before


@pytest.mark.parametrize("workers", [0, -1])
def test_no_workers_are_refused(workers):
    with pytest.raises(ValueError, match=f"workers is {workers}; expected 1 or more"):
        list(map_batches(slow_first, [1], workers=workers))


def test_the_processors_of_this_process_work_when_not_told():
    assert default_workers() >= 1
    assert list(map_batches(slow_first, range(5))) == [0, 1, 4, 9, 16]
