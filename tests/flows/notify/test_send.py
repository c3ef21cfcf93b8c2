"""Messages about nights: when one is sent, what it says, and that none changes a night."""

from __future__ import annotations

import datetime

import pytest

from flows.night.request import Outcome, WholeNight
from flows.notify.send import message, occasion_of, tell, told_if_it_fails, told_if_stopped
from nightcast.errors import InputError
from nightcast.values import Product
from tests.flows.notify.receiver import Receiver

AS_OF = datetime.date(2026, 3, 1)
FINE = Outcome(product=Product.SALES, as_of=AS_OF, subjects=12, rows_written=336, served="ensemble")
NOTED = FINE.model_copy(update={"notes": ["the sales end early"]})
FAILED = InputError("There is no table 'sales'.", "Fill one.")


@pytest.mark.parametrize(
    ("night", "occasion"),
    [
        (WholeNight([FINE]), "success"),
        (WholeNight([FINE, NOTED]), "notes"),
        (WholeNight([NOTED, FAILED]), "failure"),
        (WholeNight([], "skipped: it started late"), "failure"),
    ],
)
def test_the_occasions(night: WholeNight, occasion: str) -> None:
    assert occasion_of(night) == occasion


def test_a_message_says_what_became_of_each_product() -> None:
    title, body = message("as of 2026-03-01", WholeNight([NOTED, FAILED]))
    assert title == "Nightcast failed: as of 2026-03-01"
    assert body.splitlines() == [
        "sales: 12 subjects, 336 rows, ensemble serves",
        "- the sales end early",
        "There is no table 'sales'. Fill one.",
    ]


def test_a_webhook_is_told_of_failures_and_notes_alone(webhook: Receiver) -> None:
    for results in ([FINE], [NOTED], [FAILED]):
        tell(webhook.settings, "tonight", WholeNight(list(results)))
    titles = [one["title"] for one in webhook.received]
    assert titles == ["Nightcast published, with notes: tonight", "Nightcast failed: tonight"]


def test_a_night_that_fails_before_it_begins_is_told_of(webhook: Receiver) -> None:
    with pytest.raises(InputError), told_if_it_fails(webhook.settings, "at its start"):
        raise FAILED
    assert "There is no table 'sales'." in webhook.received[0]["message"]


@pytest.mark.parametrize("webhook", [500], indirect=True)
def test_a_message_that_cannot_be_sent_is_logged_without_its_password(
    webhook: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    tell(webhook.settings, "tonight", WholeNight([FAILED]))
    ours = [one.getMessage() for one in caplog.records if one.name == "nightcast"]
    assert ours == ["The message about the night could not be sent: see number 1 of [notify] urls."]
    assert "secret" not in caplog.text


@pytest.mark.parametrize(("stop", "messages"), [(SystemExit(143), 1), (KeyboardInterrupt(), 0), (FAILED, 0)])
def test_a_scheduler_that_stops_a_night_is_told_of_and_a_person_is_not(
    webhook: Receiver, stop: BaseException, messages: int
) -> None:
    with pytest.raises(type(stop)), told_if_stopped(webhook.settings, "tonight"):
        raise stop
    assert [one["message"] for one in webhook.received] == ["The run was stopped by SIGTERM."] * messages
