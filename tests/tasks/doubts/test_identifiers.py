"""Identifiers that only look alike stay apart, and are counted by what differs."""

from __future__ import annotations

import pyarrow as pa
import pytest

from nightcast.values import Product
from sql.engine import Database
from tasks.doubts.identifiers import look_alikes
from tests.tasks.nights import fill_visits, night_of, prepared_of


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ("Café 7 ", "white space"),
        ("Café\u00a07", "white space"),
        ("Café\u20097", "white space"),
        ("Café 7\t", "white space"),
        ("Café 7\r\n", "white space"),
        ("Café  7", "white space"),
        ("Cafe\u0301 7", "the form of accents"),
        ("Café\u200b 7", "invisible characters"),
        ("\ufeffCafé 7", "invisible characters"),
        ("Ca\u00adfé 7", "invisible characters"),
        ("Café 7\x00", "invisible characters"),
        ("CAFÉ 7", "upper and lower case"),
        ("Café \uff17", "full-width or other forms of letters"),
        ("\ufeffCAFE\u0301\u00a07", "upper and lower case"),
    ],
)
def test_what_differs(other: str, what: str) -> None:
    found = dict(look_alikes(pa.array(["another", "Café 7", other, "Cafe 7"])))
    assert {name: number for name, number in found.items() if number} == {what: 1}


def test_a_spreadsheet_removes_leading_zeros() -> None:
    found = dict(look_alikes(pa.array(["007", "7", "0", "00", "0x7", "70", "07a", "7a"])))
    assert {name: number for name, number in found.items() if number} == {"leading zeros": 2}


@pytest.mark.parametrize("ids", [[], ["a"], ["17850", "17851", "Café 7", "Cafe 7", "a b", "ab", "a-b", "é", "e"]])
def test_what_people_can_tell_apart_is_not_counted(ids: list[str]) -> None:
    assert sum(dict(look_alikes(pa.array(ids, pa.string()))).values()) == 0


def test_customers_that_look_alike_are_forecast_apart_with_a_note(database: Database) -> None:
    names = ["A 1", "A\u00a01", "a 1", "B", "B\t", "B\u200b", "\u00e9", "e\u0301", "C"]
    fill_visits(database, *((name, f"2024-05-{day:02}", "1") for name in names for day in (1, 9, 30)))
    night = night_of(database, Product.NEXT_VISIT)
    prepared = prepared_of(night)
    assert sorted(prepared.ids.to_pylist()) == sorted(names)
    (note,) = night.notes
    for part in ("1 by the form of accents", "1 by invisible characters", "2 by white space", "1 by upper and lower"):
        assert part in note
