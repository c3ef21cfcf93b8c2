"""Loading files as people have them, from the command line."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Answer, Project

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

BOOKINGS = """Kunde;Datum;Zeit;Betrag;Status;
A;31.10.2026;09:15;1.012,50;done;
A;01.11.2026;10:00;58,50;no-show;
B;01.11.2026;;-;done;
"""


def bookings(project: Project, text: str, *options: str) -> Answer:
    (project.folder / "bookings.csv").write_bytes(text.encode("utf-16"))
    columns = ["--customer-id", "Kunde", "--visited-at", "Datum", "--visited-at", "Zeit", "--amount", "Betrag"]
    return project.nightcast("load", "visits", "bookings.csv", *columns, *options)


def rows(project: Project) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in project.select("SELECT customer_id, visited_at, amount FROM visits")]


def test_bookings_of_a_salon(project: Project) -> None:
    refused = bookings(project, BOOKINGS)
    assert (refused.code, "--date-format %d.%m.%Y" in refused.err) == (2, True)
    options = ["--date-format", "%d.%m.%Y", "--where", "Status!=no-show"]
    preview = bookings(project, BOOKINGS, *options, "--preview")
    assert (preview.code, "1012.5" in preview.out, "2026-10-31 09:15:00" in preview.out) == (0, True, True)
    assert project.nightcast("show", "rejected", "--json").rows == []
    assert bookings(project, BOOKINGS, *options).code == 0
    expected = [("A", "2026-10-31 09:15:00", 1012.5), ("B", "2026-11-01", None)]
    assert rows(project) == expected
    more = bookings(project, BOOKINGS + "C;02.11.2026;11:00;7,00;done;\n", *options)
    assert "Loaded 1 row" in more.err
    assert "not added: 2;" in more.err
    assert rows(project) == [*expected, ("C", "2026-11-02 11:00:00", 7.0)]


def test_what_an_option_cannot_be(project: Project) -> None:
    for options in (["--decimal", ";"], ["--where", "Status"], ["--decimal", ".", "--thousands", "."]):
        assert bookings(project, BOOKINGS, *options).code == 2
    assert bookings(project, BOOKINGS, "--visited-at", "Status").code == 2  # three times
