"""Work on arrays that threads share."""

from __future__ import annotations

import pytest

from nightcast.threads import MOST_THREADS, in_threads


def test_threads_give_results_in_order_and_no_more_than_are_used() -> None:
    begun: list[int] = []

    def square(number: int) -> int:
        begun.append(number)
        return number * number

    results = in_threads(square, range(50))
    assert [next(results) for _ in range(3)] == [0, 1, 4]
    results.close()  # type: ignore[attr-defined]
    assert len(begun) < 3 + 2 * (MOST_THREADS + 1)
    assert list(in_threads(square, range(50))) == [number * number for number in range(50)]


def test_a_failure_in_a_thread_is_that_of_the_caller() -> None:
    results = in_threads(lambda number: 1 // number, [1, 0, 1])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        list(results)
