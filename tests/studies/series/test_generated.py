from __future__ import annotations

import numpy as np
import pytest

from studies.series.generated import START, mackey_glass, noisy_sine


def test_a_sine_without_noise_is_a_sine_and_noise_has_the_size_that_was_asked_for() -> None:
    clean = noisy_sine(5_000, 0.1, 0.0, 0)
    np.testing.assert_allclose(clean[[0, 1, 10]], [0.0, np.sin(0.1), np.sin(1.0)])
    noise = noisy_sine(5_000, 0.1, 0.5, 0) - clean
    assert noise.std() == pytest.approx(0.5, rel=0.03)
    assert abs(np.corrcoef(noise[1:], noise[:-1])[0, 1]) < 0.05
    assert not np.array_equal(noise, noisy_sine(5_000, 0.1, 0.5, 1) - clean)


def test_mackey_glass_agrees_with_small_steps_of_euler() -> None:
    steps, delay = 200, 17
    past = [START] * (delay * steps + 1)
    for _ in range(steps * 330):
        now, before = past[-1], past[-1 - delay * steps]
        past.append(now + (0.2 * before / (1 + before**10) - 0.1 * now) / steps)
    expected = [past[delay * steps + steps * (300 + 6 * number)] for number in range(6)]
    np.testing.assert_allclose(mackey_glass(6, 6, delay, 0.0, 0), expected, atol=0.01)


def test_noise_is_added_to_what_is_seen_only() -> None:
    noise = mackey_glass(400, 6, 17, 0.1, 3) - mackey_glass(400, 6, 17, 0.0, 3)
    assert noise.std() == pytest.approx(0.1, rel=0.15)
    assert np.ptp(mackey_glass(400, 6, 17, 0.0, 3)) > 0.5
