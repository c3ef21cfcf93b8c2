"""Messages about nights: when one is sent, what it says, and that none changes a night."""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from flows.night.request import Outcome, WholeNight
from flows.notify.send import message, occasion_of, tell, told_if_it_fails
from flows.notify.settings import NotifySettings
from nightcast.errors import InputError
from nightcast.values import Product

AS_OF = datetime.date(2026, 3, 1)
FINE = Outcome(product=Product.SALES, as_of=AS_OF, subjects=12, rows_written=336, served="ensemble")
NOTED = FINE.model_copy(update={"notes": ["the sales end early"]})
FAILED = InputError("There is no table 'sales'.", "Fill one.")


class Receiver:
    """A webhook that keeps what it is sent."""

    def __init__(self, code: int) -> None:
        received: list[dict[str, Any]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(code)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.received = received
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def settings(self) -> NotifySettings:
        url = f"json://user:secret@127.0.0.1:{self.server.server_port}/nights"
        return NotifySettings(urls=(SecretStr(url),))


@pytest.fixture(params=[200])
def webhook(request: pytest.FixtureRequest) -> Iterator[Receiver]:
    receiver = Receiver(request.param)
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


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
