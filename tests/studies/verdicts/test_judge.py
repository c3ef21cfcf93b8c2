from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.common.arrays import Floats
from studies.results import ConfigurationResult, StudyResult
from studies.settings import Claim, Configuration, Published, StudySettings
from studies.verdicts.judge import Verdict, judge
from studies.verdicts.published import half_a_digit

STEADY = np.linspace(-1.0, 1.0, 100)
"""Scores around 0 with a standard deviation of 0.586: their mean is known to 0.116."""


def published(scores: Floats, **figures: float) -> Verdict:
    """The verdict on a published figure."""
    one = Configuration(name="one", published={"rmse": Published(**figures)})
    result = StudyResult([ConfigurationResult("one", {"rmse": scores}, 1.0)])
    (verdict,) = judge(StudySettings(name="study", configurations=(one,)), result)
    assert (verdict.kind, verdict.configuration, verdict.metric) == ("published", "one", "rmse")
    return verdict


def claimed(first: Floats, second: Floats | None = None, **more: Any) -> Verdict:
    """The verdict on a claim about two configurations, or one and a number."""
    named = {} if second is None else {"second": "two"}
    claim = Claim.model_validate({"text": "As claimed.", "first": "one", **named, **more})
    scores = {"one": first} | ({} if second is None else {"two": second})
    result = StudyResult([ConfigurationResult(name, {"rmse": values}, 1.0) for name, values in scores.items()])
    settings = StudySettings(name="study", metric="rmse", claims=(claim,))
    (verdict,) = judge(settings, result)
    assert (verdict.text, verdict.kind, verdict.configuration) == ("As claimed.", "claim", "one")
    return verdict


@pytest.mark.parametrize(("mean", "holds"), [(1.99, "confirmed"), (-2.01, "not confirmed"), (2.01, "not confirmed")])
def test_a_published_mean_holds_within_two_published_standard_deviations(mean: float, holds: str) -> None:
    verdict = published(STEADY, mean=mean, std=1.0)
    assert verdict.holds == holds
    assert "100 repeats" in verdict.evidence
    assert "95 % interval -0.12 to 0.12" in verdict.evidence
    assert ("inside" if holds == "confirmed" else "outside") in verdict.evidence


def test_one_repeat_is_compared_with_a_published_mean_without_an_interval() -> None:
    verdict = published(np.array([1.0]), mean=2.0, std=1.0)
    assert verdict.holds == "confirmed"
    assert "1 repeat is 1, inside" in verdict.evidence


@pytest.mark.parametrize(
    ("value", "holds"),
    [(0.0, "confirmed"), (0.94, "confirmed"), (0.96, "not confirmed"), (-0.96, "not confirmed")],
)
def test_a_single_run_holds_inside_the_range_of_the_repeats(value: float, holds: str) -> None:
    verdict = published(STEADY, value=value)
    assert verdict.holds == holds
    assert "-0.95 to 0.95" in verdict.evidence
    assert f"{np.mean(value > STEADY):.0%}".replace("%", " %") in verdict.evidence


def test_a_range_needs_twenty_repeats() -> None:
    assert published(STEADY[:19], value=-0.9).holds == "open"
    assert "20 repeats" in published(STEADY[:19], value=-0.9).evidence
    assert published(STEADY[:20], value=-0.9).holds == "confirmed"


@pytest.mark.parametrize(("measured", "holds"), [(136.7612, "confirmed"), (136.7616, "not confirmed")])
def test_without_chance_the_digits_published_count(measured: float, holds: str) -> None:
    assert published(np.full(5, measured), value=136.761).holds == holds
    assert published(np.full(5, measured), mean=136.761, std=0.0).holds == holds


@pytest.mark.parametrize(
    ("figure", "half"), [(136.761, 0.0005), (52.5, 0.05), (5.0, 0.05), (1e-05, 5e-06), (1e22, 0.5)]
)
def test_half_a_digit(figure: float, half: float) -> None:
    assert half_a_digit(figure) == pytest.approx(half, rel=1e-5)


@pytest.mark.parametrize(
    ("shift", "holds", "reason"),
    [
        (-0.2, "confirmed", "the first is less"),
        (0.2, "not confirmed", "the first is greater"),
        (-0.1, "open", "either may be the lesser"),
        (0.1, "open", "either may be the lesser"),
    ],
)
def test_less_is_judged_by_the_interval_of_the_difference(shift: float, holds: str, reason: str) -> None:
    verdict = claimed(STEADY + shift, STEADY)
    assert verdict.holds == holds
    assert reason in verdict.evidence
    assert f"a difference of {shift:.2f} (95 % interval" in verdict.evidence
    assert claimed(STEADY + shift, value=0.0).holds == holds


@pytest.mark.parametrize(
    ("shift", "holds"),
    [(0.0, "confirmed"), (0.4, "open"), (-0.4, "open"), (0.8, "not confirmed"), (-0.8, "not confirmed")],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_alike_is_a_share_of_the_second_mean(shift: float, holds: str, sign: int) -> None:
    second = STEADY + sign * 10
    assert claimed(second + shift, second, relation="alike", within=0.05).holds == holds
    assert claimed(second + shift, value=sign * 10.0, relation="alike", within=0.05).holds == holds


def test_a_claim_may_be_about_two_metrics_of_one_configuration() -> None:
    claim = Claim(text="Trains better.", first="one", first_metric="train", second="one", second_metric="test")
    result = StudyResult([ConfigurationResult("one", {"train": STEADY, "test": STEADY + 1}, 1.0)])
    settings = StudySettings(name="study", claims=(claim,))
    (verdict,) = judge(settings, result)
    assert (verdict.holds, verdict.metric) == ("confirmed", "train")


def test_one_repeat_leaves_a_claim_open() -> None:
    verdict = claimed(np.array([1.0]), np.array([5.0]))
    assert verdict.holds == "open"
    assert "Two repeats" in verdict.evidence


@pytest.mark.parametrize(("first", "holds"), [(1.0, "confirmed"), (2.0, "not confirmed"), (3.0, "not confirmed")])
def test_without_chance_the_difference_itself_decides(first: float, holds: str) -> None:
    assert claimed(np.full(4, first), np.full(4, 2.0)).holds == holds
    assert claimed(np.full(4, first), value=2.0).holds == holds


def test_without_chance_equals_are_alike() -> None:
    assert claimed(np.full(4, 0.0), np.full(4, 0.0), relation="alike").holds == "confirmed"


def test_scores_that_are_the_same_in_every_repeat_are_equal_however_noisy() -> None:
    verdict = claimed(STEADY, STEADY, relation="alike")
    assert verdict.holds == "confirmed"
    assert "the same in every repeat" in verdict.evidence
    assert claimed(STEADY, STEADY[::-1].copy(), relation="alike").holds == "open"
    assert claimed(STEADY, STEADY).holds == "not confirmed"


def test_no_edge_of_an_interval_is_less_than_nothing() -> None:
    assert "interval 0.00 to" in claimed(STEADY + 0.163, STEADY).evidence


def test_few_diverged_repeats_are_counted_and_many_leave_it_open() -> None:
    few, many = STEADY.copy(), STEADY.copy()
    few[:5], many[:6] = np.nan, np.inf
    verdict = claimed(few - 1, STEADY)
    assert verdict.holds == "confirmed"
    assert "95 of 100 repeats (5 diverged)" in verdict.evidence
    for open_one in (claimed(many - 1, STEADY), claimed(STEADY - 1, many), published(many, mean=0.0, std=1.0)):
        assert open_one.holds == "open"
        assert "6 of 100 repeats" in open_one.evidence
        assert "diverged" in open_one.evidence


@pytest.mark.parametrize("scores", [np.array([]), np.array([np.nan])])
def test_nothing_but_diverged_repeats_leave_it_open(scores: Floats) -> None:
    assert published(scores, value=1.0).holds == "open"
    assert claimed(scores, STEADY).holds == "open"


def test_claims_come_before_published_figures_in_the_order_of_the_file() -> None:
    configurations = tuple(Configuration(name=name, published={"rmse": Published(value=0.0)}) for name in "ab")
    claims = tuple(Claim(text=text, first="a", second="b") for text in ("First.", "Second."))
    result = StudyResult([ConfigurationResult(name, {"rmse": STEADY}, 1.0) for name in "ab"])
    verdicts = judge(StudySettings(name="study", metric="rmse", claims=claims, configurations=configurations), result)
    assert [verdict.text for verdict in verdicts[:2]] == ["First.", "Second."]
    assert [(verdict.kind, verdict.configuration) for verdict in verdicts[2:]] == [
        ("published", "a"),
        ("published", "b"),
    ]
    assert verdicts[0].sentences.startswith("First. Means of ")


@settings(deadline=None)
@given(st.lists(st.floats(allow_nan=True), max_size=30), st.lists(st.floats(-1e9, 1e9), max_size=30))
def test_whatever_the_scores_there_is_a_verdict_with_a_sentence(first: list[float], second: list[float]) -> None:
    scores = np.clip(np.array(first, dtype=float), -1e9, 1e9)
    for verdict in (
        claimed(scores, np.array(second)),
        claimed(scores, value=1.0, relation="alike"),
        published(scores, value=3.0),
        published(scores, mean=3.0, std=1.0),
    ):
        assert verdict.holds in ("confirmed", "not confirmed", "open")
        assert verdict.evidence.endswith(".")
        assert verdict.evidence[:-1].strip()
