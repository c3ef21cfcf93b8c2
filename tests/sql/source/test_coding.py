"""Codes of identifiers: whole numbers get those that their texts would get."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sql.source.coding
from sql.source.coding import code_texts, code_whole

CHUNKS = st.lists(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-20, 20), max_size=8), max_size=4)


def whole(chunks: list[list[int]]) -> list[pa.Array]:
    return [pa.array(chunk, pa.int64()) for chunk in chunks]


def texts(chunks: list[list[int]]) -> list[pa.Array]:
    return [pa.array([str(number) for number in chunk], pa.string()).dictionary_encode() for chunk in chunks]


@given(CHUNKS, CHUNKS)
def test_whole_numbers_are_coded_as_their_texts(rows: list[list[int]], more: list[list[int]]) -> None:
    ids, code = code_whole(whole(rows), whole(more))
    as_text, code_of_text = code_texts(texts(rows), [chunk.dictionary_decode() for chunk in texts(more)])
    assert ids.to_pylist() == as_text.to_pylist()
    assert code.tolist() == code_of_text.tolist()
    assert ids.take(pa.array(code)).to_pylist() == [str(number) for chunk in rows for number in chunk]


@pytest.mark.parametrize("sparse", [0, 10**9])
def test_near_numbers_and_far_ones_are_coded_alike(monkeypatch: pytest.MonkeyPatch, sparse: int) -> None:
    monkeypatch.setattr(sql.source.coding, "SPARSE", sparse)
    numbers = np.random.default_rng(0).integers(-500, 1_000_000, 2_000)
    ids, code = code_whole([pa.array(numbers)], [])
    assert ids.to_pylist() == sorted({str(number) for number in numbers.tolist()})
    assert ids.take(pa.array(code)).to_pylist() == [str(number) for number in numbers.tolist()]
