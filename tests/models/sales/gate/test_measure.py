from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import poisson

from models.common.arrays import Floats
from models.common.recipe import Candidate
from models.sales.gate.contenders import Contender
from models.sales.gate.measure import choose_mixtures, measure_alone, measure_combined, measure_model, mixtures_of
from models.sales.gate.origins import PastOrigins
from models.sales.recipes.ensemble import EnsembleModel
from models.sales.recipes.model import QUANTILES, Forecast, finish
from tests.models.sales.shop import SMALL, Constant, Stub, panel_of, rhythm

FACTORS = (0.5, 1.5)


def origins_of(values: Floats, *backs: int) -> PastOrigins:
    panel = panel_of(values)
    return PastOrigins.of(panel, tuple(panel.end - back for back in backs))


def contender(factor: float, past: PastOrigins) -> Contender:
    name, model = f"times {factor}", Constant(factor)
    candidate = Candidate(Stub(name, lambda known: model), SMALL)
    return Contender(candidate, model, [model.forecast(panel) for panel in past.panels])


def test_the_mixture_of_all_origins_is_at_least_as_good_there_as_the_best_alone() -> None:
    past = origins_of(rhythm(12, 140), 21, 14, 7)
    both = [contender(factor, past) for factor in FACTORS]
    together = EnsembleModel({one.name: one.model for one in both}, choose_mixtures(both, past, 3, 0))
    alone = [measure_model(one.name, one.model, past).score for one in both]
    assert measure_model("together", together, past).score < min(alone)


def test_true_bands_of_whole_numbers_stay_as_wide_as_they_are() -> None:
    past = origins_of(np.random.default_rng(1).poisson(0.4, (60, 140)).astype(float), 21, 14, 7)
    true = np.broadcast_to(poisson.ppf(QUANTILES, 0.4), (60, 7, len(QUANTILES)))
    forecast = Forecast(np.ones(60, bool), np.full((60, 7), 0.4), true)
    alone = replace(contender(1.0, past), forecasts=[forecast] * 3)
    for mixture in choose_mixtures([alone], past, 3, 0).values():
        assert mixture.factors == (1.0,) * len(QUANTILES)


def test_what_is_measured_at_an_origin_was_chosen_before_it() -> None:
    past = origins_of(rhythm(12, 140), 21, 14, 7)
    both = [contender(factor, past) for factor in FACTORS]
    measured = measure_combined(both, past, mixtures_of(both, past, 0)[:-1])
    assert len(measured.past) == 2
    for number, one in enumerate(measured.past, start=1):
        model = EnsembleModel({each.name: each.model for each in both}, choose_mixtures(both, past, number, 0))
        panel = past.panels[number]
        np.testing.assert_array_equal(one.mean, finish(model.forecast(panel), panel).mean)
    changed = replace(past, actuals=[*past.actuals[:2], past.actuals[2] * 100])
    again = measure_combined(both, changed, mixtures_of(both, changed, 0)[:-1])
    for one, same in zip(measured.past, again.past, strict=True):
        np.testing.assert_array_equal(one.mean, same.mean)


def test_with_a_single_origin_the_fixed_combination_is_measured() -> None:
    past = origins_of(rhythm(12, 140), 7)
    both = [contender(factor, past) for factor in FACTORS]
    for fixed in (0, 1):
        combined = measure_combined(both, past, mixtures_of(both, past, fixed)[:-1])
        assert combined.score == measure_alone(both[fixed], past).score


def test_the_fewer_values_are_observed_the_more_the_fixed_combination_counts() -> None:
    shares = []
    for series in (1, 12, 400):
        past = origins_of(np.full((series, 60), 2.0) * (1 + np.arange(series))[:, None], 14, 7)
        both = [contender(factor, past) for factor in (1.0, 3.0)]
        shares.append(choose_mixtures(both, past, 2, 1)["smooth"].weights[1])
    assert shares == [pytest.approx(0.8), pytest.approx(0.2), 0.0]


def test_losses_are_of_each_series_and_the_newest_score_of_the_newest_origin() -> None:
    past = origins_of(rhythm(4, 90), 21, 14, 7)
    measured = measure_alone(contender(1.0, past), past)
    assert measured.losses.shape == (4,)
    assert measured.newest == measure_model("same", Constant(1.0), past.newest).score


def test_a_candidate_that_forecasts_none_of_a_segment_has_no_weight_there() -> None:
    past = origins_of(rhythm(12, 140), 21, 14, 7)
    both = [contender(factor, past) for factor in FACTORS]
    stood_in = [replace(one, covered=np.zeros(12, bool)) for one in both[1].forecasts]
    idle = replace(both[1], forecasts=stood_in)
    assert choose_mixtures([both[0], idle], past, 3, 0)["smooth"].weights == (1.0, 0.0)
    partly = [replace(one, covered=np.arange(12) > 0) for one in both[1].forecasts]
    assert choose_mixtures([both[0], replace(idle, forecasts=partly)], past, 3, 0)["smooth"].weights[1] > 0
