"""The message for a mailer, and the artifacts of Prefect."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime

import pytest

from flows.report.artifacts import cells, markdown, picture_of, tables
from flows.report.charts.painter import Painter
from flows.report.compose import compose, composed
from flows.report.message import message
from flows.report.read import read
from sql.engine import Database

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def test_the_message_has_text_and_html_and_its_own_pictures(shop: Database) -> None:
    with Painter() as painter:
        report = compose(shop, "UTC", painter)
    written = email.message_from_bytes(message(report), policy=email.policy.default)
    kinds = [part.get_content_type() for part in written.walk()]
    assert kinds[:4] == ["multipart/alternative", "text/plain", "multipart/related", "text/html"]
    assert set(kinds[4:]) == {"image/png"}
    assert written["Subject"] == "Nightcast: The night of 16 Nov 2026"
    assert written["Date"]
    plain, html = (part.get_content() for part in written.walk() if part.get_content_maintype() == "text")
    for one in report.sentences:
        assert one.text.replace("\xa0", " ") in " ".join(plain.split())
    assert max(map(len, plain.splitlines())) <= 72
    assert "<script" not in html
    places = [str(part["Content-ID"])[1:-1] for part in written.walk() if part.get_content_type() == "image/png"]
    assert all(f'src="cid:{place}"' in html for place in places)
    pictures = [part.get_content() for part in written.walk() if part.get_content_type() == "image/png"]
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)


def test_prefect_gets_the_sentences_the_due_the_totals_and_a_picture(shop: Database) -> None:
    report = composed(read(shop), datetime.now(UTC))
    text = markdown(report)
    assert [one.question for one in report.sentences if f"**{one.question}.**" not in text] == []
    left = tables(report)
    assert left.keys() == {"nightcast-due", "nightcast-totals"}
    assert len(cells(left["nightcast-due"])) == 15
    assert cells(left["nightcast-totals"])[-1]["Span"] == "altogether"
    picture = picture_of(report)
    assert picture is not None
    assert picture.title == "Sales of all series"
