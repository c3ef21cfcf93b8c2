"""A webhook of the tests."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from flows.notify.settings import NotifySettings


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
