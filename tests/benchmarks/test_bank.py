from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.bank import Experiment, Timed, figures


def test_the_loop_and_the_bank_do_the_same_experiment() -> None:
    published = Experiment.published()
    assert (len(published.values), published.known) == (36, 24)
    short = replace(published, configuration=published.configuration.model_copy(update={"epochs": 3}))
    loop, bank = short.by_loop(2), short.by_bank(2, 0, short.first_weights(2))
    assert abs(loop.scores[0] - loop.scores[1]) > 0.1
    np.testing.assert_allclose(bank.scores, loop.scores, atol=1e-3)


def test_figures_say_how_many_times_faster_a_repeat_is() -> None:
    loop = Timed(200.0, 0.0, np.array([100.0, 104.0]))
    banks = {repeats: Timed(0.1, 1.0, np.linspace(90, 110, repeats)) for repeats in (1, 10, 1_000)}
    by_name = {figure.name: figure for figure in figures(loop, banks, banks[1_000])}
    assert by_name["loop_seconds_a_repeat"].value == 100
    assert by_name["ten_repeats_times_faster"].value == pytest.approx(10_000)
    assert by_name["ten_repeats_times_faster_with_compiling"].value == pytest.approx(100 / 0.11)
    assert by_name["same_distribution_probability_of_the_loop"].value > 0.2
    assert by_name["largest_difference_of_scores_begun_alike"].value == pytest.approx(104 - (90 + 20 / 999))
    other = figures(replace(loop, scores=np.full(10, 130.0)), banks, banks[1_000])
    assert other[-1].name == "same_distribution_probability_of_the_loop"
    assert other[-1].value < 0.01
