"""The rows of a source that can be used, batch by batch, and the codes of their identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sql.source.coding import Coded, code_texts, code_whole, is_whole


@dataclass(frozen=True)
class UsableRows:
    """The usable rows of one batch.

    Attributes:
        ids: identifiers (n,), text or whole numbers.
        mentioned: identifiers of rows without a usable date, of the same type.
        day: int32 (n,), days since 1970-01-01.
        value: float64 (n,), NaN where unknown.
        late: bool (n,), whether the moment is midnight of the day after, in another time zone; False for visits.
        chosen: bool (m,), which rows of the batch these are; None once it no longer matters.
    """

    ids: pa.Array
    mentioned: pa.Array
    day: NDArray[np.int32]
    value: NDArray[np.float64]
    late: NDArray[np.bool_]
    chosen: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class FutureRows:
    """The rows of one batch that lie after the clock.

    Attributes:
        ids: identifiers, text (n,).
        moments: as in the source (n,).
        day: int32 (n,), days since 1970-01-01.
        value: float64 (n,), NaN where unknown.
    """

    ids: pa.Array
    moments: pa.Array
    day: NDArray[np.int32]
    value: NDArray[np.float64]


def code_ids(rows: Sequence[pa.Array], mentioned: Sequence[pa.Array]) -> Coded:
    """The codes of compact identifiers; see `sql.source.coding`."""
    return code_whole(rows, mentioned) if rows and is_whole(rows[0]) else code_texts(rows, mentioned)


def joined(parts: Sequence[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    """The parts as one array of this kind."""
    return np.concatenate([np.empty(0, dtype=kind), *parts])


def compact_batches(batches: Iterable[UsableRows]) -> list[UsableRows]:
    """The same batches with identifiers that take less room: texts, unless those of all batches are whole numbers."""
    found = [replace(batch, ids=compact(batch.ids), chosen=None) for batch in batches]
    if all(is_whole(batch.ids) for batch in found):
        return found
    return [_as_text(batch) if is_whole(batch.ids) else batch for batch in found]


def _as_text(batch: UsableRows) -> UsableRows:
    return replace(batch, ids=compact(batch.ids.cast(pa.string())), mentioned=batch.mentioned.cast(pa.string()))


def compact(ids: pa.Array) -> pa.Array:
    """Identifiers in less room: texts once each."""
    return ids if is_whole(ids) else ids.dictionary_encode()


def decoded(ids: pa.Array) -> pa.Array:
    """Compact identifiers, each as it is."""
    return ids.dictionary_decode() if pa.types.is_dictionary(ids.type) else ids
