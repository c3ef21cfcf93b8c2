"""The generated chain and its oracles, what a night knows of it, and the figures."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import sales_chain
from benchmarks.chain import HOLIDAY, PRICES, STARTS, Chain
from benchmarks.sales_chain import HORIZON, ORACLE, OURS, SAME_REACH, Result, figures, oracle, panel_of
from models.sales.recipes.model import QUANTILES
from models.sales.settings import SalesSettings

NIGHT = 200
TINY = SalesSettings(horizon=HORIZON, country="GB", recipes=("combination", "smoothing"))
LEVELS = np.array(QUANTILES)


@pytest.fixture(scope="module")
def chain() -> Chain:
    return Chain.drawn(300, NIGHT + HORIZON, 3)


def test_the_chain_is_the_same_with_the_same_seed_alone(chain: Chain) -> None:
    again, other = (Chain.drawn(300, NIGHT + HORIZON, seed) for seed in (3, 4))
    assert all(np.array_equal(one, two) for one, two in zip(vars(chain).values(), vars(again).values(), strict=True))
    assert not np.array_equal(chain.value, other.value)


def test_effects_are_the_known_ones() -> None:
    chain = Chain.drawn(400, 800, 5)
    ratio = chain.value / chain.plain
    price = PRICES[chain.tag] ** chain.elasticity[:, None]
    assert (ratio / price)[~chain.promotion].mean() == pytest.approx(1, abs=0.01)
    expected = np.broadcast_to(chain.effect[:, None], ratio.shape)[chain.promotion].mean()
    assert (ratio / price)[chain.promotion].mean() == pytest.approx(expected, abs=0.02)
    assert chain.promotion.mean() == pytest.approx(0.061, abs=0.005)
    assert (chain.promotion[:, 1:] & ~chain.promotion[:, :-1]).sum() / (~chain.promotion[:, :-1]).sum() == (
        pytest.approx(STARTS, abs=0.001)
    )
    week = chain.value[:, : 800 // 7 * 7].reshape(400, -1, 7) / chain.plain[:, : 800 // 7 * 7].reshape(400, -1, 7)
    assert week.mean(axis=(0, 1)) == pytest.approx(ratio.mean(), abs=0.02)
    years = chain.plain[:, 365:730] / chain.plain[:, :365]
    moved = years[:, chain.holiday[365:730] & ~chain.holiday[:365]].mean()
    assert moved / years[:, ~chain.holiday[365:730] & ~chain.holiday[:365]].mean() < (1 + HOLIDAY) / 2


@pytest.mark.parametrize("reach", [1, 7, HORIZON])
def test_a_quantile_of_an_oracle_covers_its_share(reach: int) -> None:
    chain = Chain.drawn(800, 100 + HORIZON, 8)
    quantiles = chain.quantiles(100, HORIZON, reach, LEVELS)
    assert (np.diff(quantiles, axis=2) >= 0).all()
    below = chain.value[:, 100:, None] < quantiles
    assert below.mean(axis=(0, 1)) == pytest.approx(LEVELS, abs=0.012)
    for last in (chain.promotion[:, 99 + reach], ~chain.promotion[:, 99 + reach]):
        assert below[last].mean(axis=(0, 1)) == pytest.approx(LEVELS, abs=0.05)


def test_an_oracle_that_knows_more_is_better_and_none_knows_what_follows(chain: Chain) -> None:
    wape = [sales_chain.mean_figures([oracle(chain, NIGHT, reach)])["wape"] for reach in (1, 7, HORIZON)]
    assert wape[0] > wape[1] > wape[2] > 0
    later = replace(chain, promotion=chain.promotion.copy(), tag=chain.tag.copy(), value=chain.value + 1)
    later.promotion[:, NIGHT + 7 :] ^= True
    later.tag[:, NIGHT + 7 :] = 0
    assert np.array_equal(oracle(later, NIGHT, 7).quantiles, oracle(chain, NIGHT, 7).quantiles)
    assert not np.array_equal(oracle(later, NIGHT, 8).quantiles, oracle(chain, NIGHT, 8).quantiles)


@pytest.mark.parametrize("reach", [1, 7, HORIZON])
def test_a_night_knows_sales_before_it_and_covariates_so_far_ahead(chain: Chain, reach: int) -> None:
    panel, every = panel_of(chain, NIGHT, reach, TINY), np.arange(300)
    assert np.array_equal(panel.values, chain.value[:, :NIGHT])
    assert panel.covariates is not None
    window = panel.covariates.window(every, np.full(300, NIGHT), NIGHT, HORIZON)
    for name, expected in (("price", chain.price), ("promotion", chain.promotion.astype(float))):
        seen = window[:, :, panel.covariates.names.index(name)]
        np.testing.assert_allclose(seen[:, : NIGHT + reach], expected[:, : NIGHT + reach], rtol=1e-6)
        assert np.isnan(seen[:, NIGHT + reach :]).all()
    holidays = window[0, :, panel.covariates.names.index("holiday +0")]
    assert np.array_equal(holidays > 0, chain.holiday)


def test_figures_compare_with_oracles_and_with_the_evaluation() -> None:
    row = {"wape": 0.2, "weighted_quantile_loss": 0.1, "coverage_80": 0.8, "coverage_95": 0.96}
    rows = {
        OURS: row,
        ORACLE: row | {"wape": 0.16},
        SAME_REACH: row | {"wape": 0.25},
        sales_chain.EVALUATED: row | {"wape": 0.3},
        sales_chain.THEN: row | {"wape": 0.5},
    }
    lines = {figure.name: figure.line for figure in figures(Result(7, "", rows, {}))}
    assert lines["chain_reach_7_wape_over_oracle"].endswith(" 1.25 goal <= 1.05")
    assert lines["chain_reach_7_wape_over_oracle_of_same_reach"].endswith(" 0.8")
    assert lines["chain_reach_7_coverage_80_at_least"].endswith(" 0.8 goal >= 0.77")
    assert lines["chain_reach_7_evaluation_over_real_time_wape_at_most"].endswith(" 1.5 goal <= 1.1")
    assert lines["chain_reach_7_oracle_evaluation_over_real_time_wape"].endswith(" 2")


def test_it_measures_a_small_chain(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sales_chain, "SETTINGS", TINY)
    monkeypatch.setattr(sales_chain, "LEARNED", 220)
    monkeypatch.setattr(sales_chain, "NIGHTS", 2)
    assert sales_chain.main(["--series", "12", "--reach", "7", "--reach", "28", "--seed", "2"]) == 0
    by_name = dict(re.findall(r"^figure (\S+) (\S+)", capsys.readouterr().out, re.MULTILINE))
    for reach in (7, 28):
        assert 1 < float(by_name[f"chain_reach_{reach}_wape_over_oracle"]) < 3
        assert 0.5 < float(by_name[f"chain_reach_{reach}_evaluation_over_real_time_wape_at_most"]) < 2
    assert float(by_name["chain_reach_28_wape_of_same_reach_over_oracle"]) == 1
    assert float(by_name["chain_reach_7_wape_of_same_reach_over_oracle"]) > 1


@pytest.mark.parametrize("wrong", [["--reach", "0"], ["--reach", "29"], ["--series", "0"]])
def test_wrong_options_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        sales_chain.main(wrong)
    assert ended.value.code == 2
    assert wrong[0] in capsys.readouterr().err
