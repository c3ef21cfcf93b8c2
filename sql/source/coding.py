"""Codes for identifiers: the position of each in the sorted order of their texts, whatever the order of the rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

SPARSE = 8
"""Whole numbers are looked up in an array where their range is at most so many times their number."""

Coded = tuple[pa.Array, NDArray[np.int32]]
"""The identifiers in sorted order, text (n,), and the code of each row, int32."""


def is_whole(ids: pa.Array) -> bool:
    """Whether identifiers are whole numbers, and no text."""
    return bool(pa.types.is_integer(ids.type))


def unified(chunks: Sequence[pa.Array]) -> pa.Array:
    """Dictionary-encoded chunks as one array with one dictionary."""
    encoded = pa.chunked_array(chunks).unify_dictionaries().combine_chunks()
    return encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded


def code_texts(rows: Sequence[pa.Array], more: Sequence[pa.Array]) -> Coded:
    """The codes of dictionary-encoded texts.

    Args:
        rows: the identifiers of the rows, in chunks.
        more: texts without a row that get a code, too.
    """
    chunks = [pa.array([], pa.string()).dictionary_encode(), *rows, *(chunk.dictionary_encode() for chunk in more)]
    encoded = unified(chunks)
    order = pc.array_sort_indices(encoded.dictionary)
    return encoded.dictionary.take(order), _places(order)[np.asarray(encoded.indices)[: sum(map(len, rows))]]


def code_whole(rows: Sequence[pa.Array], more: Sequence[pa.Array]) -> Coded:
    """The codes of whole numbers without nulls; each is written as text once.

    Args:
        rows: the identifiers of the rows, in chunks.
        more: numbers without a row that get a code, too.
    """
    numbers = np.concatenate([np.empty(0, dtype=np.int64), *map(np.asarray, (*rows, *more))])
    if not numbers.size:
        return pa.array([], pa.string()), np.empty(0, dtype=np.int32)
    lowest, count = int(numbers.min()), sum(map(len, rows))
    if int(numbers.max()) - lowest < SPARSE * numbers.size:
        numbers -= lowest
        is_present = np.zeros(int(numbers.max()) + 1, dtype=np.bool_)
        is_present[numbers] = True
        distinct = np.flatnonzero(is_present)
        number_of = np.cumsum(is_present, dtype=np.int32) - 1
        code = number_of[numbers[:count]]
        distinct += lowest
    else:
        distinct = np.unique(numbers)
        code = np.searchsorted(distinct, numbers[:count]).astype(np.int32)
    texts = pa.array(distinct).cast(pa.string())
    order = pc.array_sort_indices(texts)
    return texts.take(order), _places(order)[code]


def _places(order: pa.Array) -> NDArray[np.int32]:
    """The place of each text in the sorted order."""
    place = np.empty(len(order), dtype=np.int32)
    place[np.asarray(order)] = np.arange(len(order), dtype=np.int32)
    return place
