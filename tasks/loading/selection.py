"""Conditions on the rows of a file, as ``--where`` gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nightcast.errors import InputError, UsageError, suggestion
from sql.source.lookup import listed
from tasks.loading.files.batches import Batch, as_texts
from tasks.loading.files.opening import File

_CONDITION = re.compile(r"(?P<column>.+?)(?P<operator>!=|=)(?P<value>.*)", re.DOTALL)

_MOST_SEEN = 10_000
"""Values of a column that are kept for messages, about."""


class Selection:
    """Rows with one of the values that ``COLUMN=VALUE`` names, and none of those that ``COLUMN!=VALUE`` names.

    Several values of one column are alternatives; conditions on several columns hold together. Spaces around a value do
    not count.

    Attributes:
        columns: the columns that the conditions name.

    Raises:
        UsageError: if a condition is not of this form.
    """

    def __init__(self, conditions: Sequence[str]) -> None:
        self._wanted: dict[str, list[str]] = {}
        self._unwanted: dict[str, list[str]] = {}
        for condition in conditions:
            parts = _CONDITION.fullmatch(condition)
            if parts is None:
                raise UsageError(
                    f"--where {condition!r} is no condition.", "Write it as --where COLUMN=VALUE or COLUMN!=VALUE."
                )
            chosen = self._unwanted if parts["operator"] == "!=" else self._wanted
            chosen.setdefault(parts["column"].strip(), []).append(parts["value"].strip())
        self.columns = tuple(dict.fromkeys([*self._wanted, *self._unwanted]))

    def __bool__(self) -> bool:
        """Whether there are conditions."""
        return bool(self.columns)

    def holds(self, batch: Batch) -> NDArray[np.bool_]:
        """Which rows fulfil all conditions, shape (n,)."""
        chosen = np.ones(len(batch.lines), dtype=np.bool_)
        for column, values in self._wanted.items():
            chosen &= _is_one_of(batch, column, values)
        for column, values in self._unwanted.items():
            chosen &= ~_is_one_of(batch, column, values)
        return chosen

    def unknown(self, seen: dict[str, set[str]]) -> list[str]:
        """Sentences about values that no row has; `seen` holds the values of each column."""
        return [
            f"No row has {value!r} in {column}.{suggestion(value, sorted(seen[column]))}"
            for column in self.columns
            for value in (*self._wanted.get(column, ()), *self._unwanted.get(column, ()))
            if value not in seen[column] and len(seen[column]) < _MOST_SEEN
        ]


class SelectedFile:
    """A file without the rows that do not fulfil the conditions.

    Attributes:
        names: the names of its columns.
        rows_left_out: how many rows the last reading left out.
    """

    def __init__(self, file: File, selection: Selection) -> None:
        self.names = file.names
        self.rows_left_out = 0
        self._file, self._selection = file, selection
        self._seen: dict[str, set[str]] = {column: set() for column in selection.columns}

    def batches(self) -> Iterator[Batch]:
        """All rows that are wanted, in order."""
        self.rows_left_out, rows = 0, 0
        for batch in self._file.batches():
            rows += len(batch.lines)
            yield self._selected(batch) if self._selection else batch
        if rows and self.rows_left_out == rows:
            raise self._nothing_left()

    def notes(self) -> list[str]:
        """What a person should know about the rows left out."""
        left_out = f"Rows that --where leaves out: {self.rows_left_out:,}."
        return [left_out, *self._selection.unknown(self._seen)] if self._selection else []

    def _selected(self, batch: Batch) -> Batch:
        chosen = self._selection.holds(batch)
        self.rows_left_out += int(np.count_nonzero(~chosen))
        for column, seen in self._seen.items():
            if len(seen) < _MOST_SEEN:
                seen.update(_trimmed(batch, column).unique().to_pylist())
        mask = pa.array(chosen)
        kept = {name: column.filter(mask) for name, column in batch.columns.items()}
        return Batch(kept, batch.lines[chosen], batch.malformed)

    def _nothing_left(self) -> InputError:
        values = "; ".join(f"{column} is {listed(sorted(seen))}" for column, seen in self._seen.items())
        return InputError(f"No row of the file fulfils --where; {values}.", "Name one of these values.")


def _is_one_of(batch: Batch, column: str, values: Sequence[str]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = np.asarray(pc.is_in(_trimmed(batch, column), value_set=pa.array(values, pa.string())))
    return found


def _trimmed(batch: Batch, column: str) -> pa.Array:
    return pc.utf8_trim_whitespace(as_texts(batch.columns[column]))
