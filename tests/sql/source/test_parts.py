"""Parts of a source by hashes of identifiers: the database and the program agree about each of them."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from nightcast.errors import InputError
from sql.engine import Database
from sql.hashing import HASHES, hash_of
from sql.settings import VisitSource
from sql.source.lookup import look_up_source
from sql.source.parts import hashes, part_of_source
from sql.source.reading import WantedColumn, read_batches
from tests.sql.source.sources import fill, visits

TEXTS = [
    "0",
    "00001",
    "1",
    "-17",
    "999999999999999999",
    "9999999999999999999",
    "Zoë",
    "a b",
    "a%b:c'd",
    "1.0",
    "é" * 40,
]
BOUNDS = [0, HASHES // 3, 2 * HASHES // 3, HASHES]


def ids_of_part(database: Database, first: int, last: int) -> list[str | None]:
    relation = look_up_source(database, "source.visits", VisitSource(), [])
    part = part_of_source(database, relation, "customer_id", first, last)
    batches = read_batches(database, part, [WantedColumn("customer_id", "identifier")])
    return [text for (ids,) in batches for text in ids.to_pylist()]


def assert_parts_agree(database: Database, texts: list[str]) -> None:
    hashed = dict(zip(texts, hashes(pa.array(texts)).tolist(), strict=True))
    for first, end in itertools.pairwise(BOUNDS):
        expected = sorted(text for text, one in hashed.items() if first <= one < end)
        assert sorted(text for text in ids_of_part(database, first, end - 1) if text) == expected


def test_parts_of_texts(database: Database) -> None:
    texts = [*TEXTS, *(f"C{number:06}" for number in range(50))]
    fill(database, visits("visits", sa.Column("customer_id", sa.Text)), *((text,) for text in texts))
    assert_parts_agree(database, texts)


def test_parts_of_whole_numbers(database: Database) -> None:
    numbers = [0, 1, -1, -(2**62), 2**62, *range(1000, 1100)]
    fill(database, visits("visits", sa.Column("customer_id", sa.BigInteger)), *((number,) for number in numbers))
    texts = list(map(str, numbers))
    parts = [ids_of_part(database, first, end - 1) for first, end in itertools.pairwise(BOUNDS)]
    found = {text: place for place, part in enumerate(parts) for text in part}
    assert sum(map(len, parts)) == len(numbers)
    expected = np.searchsorted(BOUNDS, hashes(pa.array(texts)), side="right") - 1
    assert [found[text] for text in texts] == expected.tolist()


def test_rows_without_an_identifier_belong_to_the_first_part(database: Database) -> None:
    fill(database, visits("visits", sa.Column("customer_id", sa.Text)), (None,), ("1",))
    assert None in ids_of_part(database, 0, 0)
    assert None not in ids_of_part(database, 1, HASHES - 1)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_floating_point_identifiers_have_no_parts(database: Database) -> None:
    fill(database, visits("visits", sa.Column("customer_id", sa.Double)), (1.5,))
    with pytest.raises(InputError, match="cast them to text or bigint"):
        ids_of_part(database, 0, 1)


@given(st.lists(st.one_of(st.text(), st.integers().map(str)), max_size=20))
def test_all_at_once_as_one_by_one(texts: list[str]) -> None:
    assert hashes(pa.array(texts, pa.string())).tolist() == [hash_of(text.encode()) for text in texts]


def test_consecutive_numbers_spread_evenly() -> None:
    for numbers in (range(100_000), range(0, 10**7, 100), range(10**9, 10**9 + 10**6, 16)):
        share = np.histogram(hashes(pa.array(map(str, numbers))), bins=8, range=(0, HASHES))[0] / len(numbers)
        assert np.abs(share - 1 / 8).max() < 0.01
