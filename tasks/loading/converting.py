"""Converting the columns of a file to those of the source table."""

from __future__ import annotations

import datetime
import shlex
from collections import Counter
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sql.filling.columns import MOMENTS, NUMBERS, is_group
from sql.filling.fill import OPTIONAL_KEYS
from sql.source.expressions import UNREADABLE
from sql.types import MOST_CHARACTERS
from tasks.conversion.marks import is_unknown_mark
from tasks.conversion.number_forms import NumberForm
from tasks.conversion.numbers import NO_NUMBER, to_numbers
from tasks.loading.files.batches import Faults, as_identifiers, as_texts, is_number, nulls_for_nan
from tasks.loading.moment_converting import MomentConverter
from tasks.loading.request import LoadRequest
from tasks.read import UNREADABLE_IDENTIFIER, is_too_long


class Converter:
    """Converts the columns of one file to ours.

    Args:
        request: the file's columns, and the form of its dates.
        number_form: how its numbers are written.
        timezone: IANA name of the time zone of the visits, and in which periods fall on a day.
        now: the clock, aware.

    Attributes:
        moments: converts the moments.
    """

    def __init__(self, request: LoadRequest, number_form: NumberForm, timezone: str, now: datetime.datetime) -> None:
        self.moments = MomentConverter(request, timezone, now)
        # Identifiers first, then moments, then numbers: of several faults of a row the first one counts.
        self._columns = sorted(request.columns.items(), key=lambda item: (item[0] in NUMBERS, item[0] in MOMENTS))
        self._source_name, self._number_form = request.source_name, number_form
        self._marks: Counter[tuple[str, str]] = Counter()

    def notes(self) -> list[str]:
        """What a person should know about the rows so far."""
        marks = [
            f"Rows with {mark!r} as {theirs}: {rows:,}. If that means nobody, leave them out with "
            f"--where {shlex.quote(f'{theirs}!={mark}')}."
            for (theirs, mark), rows in sorted(self._marks.items())
        ]
        return [*marks, *self.moments.notes()]

    def convert(self, columns: Mapping[str, pa.Array], faults: Faults) -> pa.Table:
        """Columns by our names; values in rows with a fault are undefined.

        Args:
            columns: the file's columns by their names, each of shape (n,).
            faults: faults of the rows are added to it.
        """
        return pa.table({ours: self._convert(ours, theirs, columns, faults) for ours, theirs in self._columns})

    def _convert(self, ours: str, theirs: str, columns: Mapping[str, pa.Array], faults: Faults) -> pa.Array:
        if ours in MOMENTS:
            return self.moments.convert(theirs, columns, faults)
        if ours in NUMBERS:
            return self._numbers(theirs, columns[theirs], faults)
        is_optional = is_group(ours) or ours in OPTIONAL_KEYS[self._source_name]
        return self._identifiers(theirs, columns[theirs], faults, is_optional=is_optional)

    def _identifiers(self, theirs: str, column: pa.Array, faults: Faults, *, is_optional: bool) -> pa.Array:
        texts = as_identifiers(column)
        empty = np.asarray(pc.equal(texts, ""))
        if is_optional:
            texts = pc.if_else(pa.array(empty), pa.scalar(None, pa.string()), texts)
        else:
            faults.add(empty, f"{theirs} is empty")
        faults.add(np.asarray(pc.equal(texts, UNREADABLE).fill_null(False)), f"{theirs} {UNREADABLE_IDENTIFIER}")
        faults.add(np.asarray(pc.match_substring(texts, "\0").fill_null(False)), f"{theirs} holds a null character")
        faults.add(is_too_long(texts.fill_null("")), f"{theirs} has more than {MOST_CHARACTERS} characters")
        suspects = texts.filter(pa.array(is_unknown_mark(texts, also_empty=False))).to_pylist()
        self._marks.update((theirs, mark) for mark in suspects)
        return texts

    def _numbers(self, theirs: str, column: pa.Array, faults: Faults) -> pa.Array:
        column = nulls_for_nan(column) if is_number(column.type) else as_texts(column)
        numbers = to_numbers(column, self._number_form)
        faults.add(numbers.unreadable, f"{theirs} {NO_NUMBER}", theirs)
        return pa.array(numbers.value, from_pandas=True)
