"""A night's visits: what has changed is read, and the rest was kept by nights before.

The rows are those of a night that reads everything. The database is asked for the fingerprint of each day; a day whose
fingerprint is the one that was kept holds the rows that were kept. Fingerprints and rows are of one snapshot.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import Any

import numpy as np
import pyarrow as pa

from nightcast import __version__
from sql.connection.snapshot import Snapshot, open_snapshot
from sql.source.fingerprints.ask import Fingerprint, NoFingerprintsError, fingerprints
from sql.source.fingerprints.kept import KeptPart, kept_parts
from sql.source.fingerprints.partitions import is_nameable, restricted
from sql.source.reading import read_batches
from tasks.conversion.moments import NO_DATE
from tasks.conversion.numbers import NO_NUMBER
from tasks.conversion.plausible import first_plausible_day
from tasks.next_visit.kept.layers import Layer, joined_layers
from tasks.next_visit.kept.reader import PartitionReader
from tasks.next_visit.kept.stored import FORM, Kept, Pending, load_kept
from tasks.next_visit.reading import amounts_of, read_all
from tasks.night import Night, SourceRows
from tasks.prepare import FEW_UNREADABLE
from tasks.product import LocatedSource, ProductSteps
from tasks.read import LONG_BEFORE

logger = logging.getLogger("nightcast")

MOST_PARTITIONS = 10_000
"""With more, the moments are probably none, and the partitions too small to be worth a name each."""

MOST_CHANGED = 0.5
"""The share of rows in changed partitions from which on everything is read."""

MOST_RECENT = 0.1
"""The share of rows beside the base from which on a new base is kept."""

Fingerprints = Mapping[str, Fingerprint]


def read_changes(night: Night, product: ProductSteps[Any, Any], located: LocatedSource) -> SourceRows:
    """Read what has changed, and take the rest from what was kept; read all where that would not be exact."""
    if located.source.condition is not None:
        return read_all(night, product, located)  # a shard of several: what is kept is of all customers
    parts = kept_parts(night.database)
    if night.run is None and not parts:
        return read_all(night, product, located)  # nothing is known, and nothing will be kept
    rejections, notes = deepcopy(night.rejections), list(night.notes)
    try:
        return _Changes(night, product, located, parts).read()
    except NoFingerprintsError as why:
        logger.info("%s: all rows of the source are read: %s", night.product, why)
    night.rejections, night.notes = rejections, notes
    return read_all(night, product, located)


class _Changes:
    """One reading of a source."""

    def __init__(
        self, night: Night, product: ProductSteps[Any, Any], located: LocatedSource, parts: list[KeptPart]
    ) -> None:
        self._night, self._product, self._located, self._parts = night, product, located, parts
        self._moment = next(column.name for column in located.columns if column.kind == "moment")
        self._key = settings_sha256(night, located)

    def read(self) -> SourceRows:
        """The rows before the as-of.

        Raises:
            NoFingerprintsError: if they cannot be told exactly.
        """
        # At once, since the one is work of the database, and the other of this process.
        with ThreadPoolExecutor(1, "loader") as loader, open_snapshot(self._night.database) as snapshot:
            loading = loader.submit(load_kept, self._night, self._parts, self._key)
            found = fingerprints(snapshot, self._located.source, self._located.columns)
            if len(found) > MOST_PARTITIONS:
                raise NoFingerprintsError(f"its moments begin in {len(found):,} different ways")
            kept = loading.result()
            if kept.why_not:
                logger.info("%s: the kept visits are of no use: %s", self._night.product, kept.why_not)
            layers, known = _unchanged(kept, found)
            wanted = {name: one for name, one in found.items() if name not in known}
            if _rows(wanted) > MOST_CHANGED * _rows(found):
                layers, known, wanted = [], set(), dict(found)
            reader, anew = self._read_partitions(snapshot, wanted, known)
        self._require_few_unreadable(reader, layers)
        self._keep(kept, layers, anew, reader)
        self._say(reader, found, wanted)
        return self._rows_of(layers, anew, reader)

    def _read_partitions(
        self, snapshot: Snapshot, wanted: Fingerprints, known: set[str]
    ) -> tuple[PartitionReader, Layer]:
        located, night = self._located, self._night
        reader = PartitionReader(night, self._product, wanted)
        source = located.source
        if known:
            source = restricted(snapshot.dialect, source, self._moment, wanted, known)
        batches = [
            reader.placed(ids, moments, amounts_of(night, amounts, len(ids)))
            for ids, moments, *amounts in (
                read_batches(night.database, source, located.columns, snapshot) if wanted else ()
            )
        ]
        if reader.rows_read != _rows(wanted):  # of one snapshot: else a condition has not found what it should
            raise NoFingerprintsError(f"{reader.rows_read:,} rows were found where {_rows(wanted):,} were told of")
        return reader, reader.layer(batches)

    def _require_few_unreadable(self, reader: PartitionReader, layers: list[Layer]) -> None:
        """Where many rows are unreadable, the night shows one of them, and which one it is depends on the reading."""
        for layer in layers:
            for partition in layer.partitions:
                reader.rows_read += partition.fingerprint.rows
                reader.last_day = max(reader.last_day, partition.last_day)
                for reason, rows, example in partition.rejections:
                    self._night.rejections.add(self._product.source, reason, rows, example)
        if layers and self._has_many_unreadable(reader):
            raise NoFingerprintsError("many of them cannot be read")

    def _has_many_unreadable(self, reader: PartitionReader) -> bool:
        unreadable = sum(one.rows for one in self._night.rejections if one.reason.endswith((NO_DATE, NO_NUMBER)))
        return unreadable > 0 and unreadable >= FEW_UNREADABLE * reader.rows_read

    def _keep(self, kept: Kept, layers: list[Layer], anew: Layer, reader: PartitionReader) -> None:
        """Prepare to keep tonight's state, in place of the present one where it differs."""
        if self._night.run is None or self._has_many_unreadable(reader):
            return
        nameable = np.array([is_nameable(partition.name) for partition in anew.partitions])
        recent = anew.of(reader.keepable() & nameable)
        if len(layers) > 1:
            recent = joined_layers(layers[1], recent)
        if not layers or recent.rows > MOST_RECENT * (layers[0].rows + recent.rows):
            base = joined_layers(layers[0], recent) if layers else recent
            self._keep_later(Pending("base", base.of_customers(), self._key, None))
        elif _named(recent) != (_named(kept.layers[1]) if len(kept.layers) > 1 else {}):
            self._keep_later(Pending("recent", recent.of_customers(), self._key, kept.base))

    def _keep_later(self, pending: Pending) -> None:
        self._night.afterwards = lambda: pending.keep(self._night)

    def _say(self, reader: PartitionReader, found: Fingerprints, wanted: Fingerprints) -> None:
        self._night.rows_anew = _rows(wanted)
        logger.info(
            "%s: read %s of %s rows: %s of %s days are new or have changed",
            self._night.product,
            f"{_rows(wanted):,}",
            f"{reader.rows_read:,}",
            f"{len(wanted):,}",
            f"{len(found):,}",
        )

    def _rows_of(self, layers: list[Layer], anew: Layer, reader: PartitionReader) -> SourceRows:
        """The rows before the as-of, without defaults in place of dates."""
        cut = [layer.before(self._night.question.day) for layer in (*layers, anew)]
        few = cut[-1]
        for layer in reversed(cut[:-1]):
            few = joined_layers(layer, few)
        first = first_plausible_day([few.day])
        if first is not None:
            early = few.day < first
            names = few.ids.take(pa.array(few.code[early]))
            reader.reject(
                np.ones(len(names), dtype=np.bool_), LONG_BEFORE, names, pa.array(few.day[early], pa.date32())
            )
            few = few.where(~early)
        few = few.of_customers()
        return SourceRows(
            ids=few.ids,
            code=few.code,
            day=few.day,
            value=few.value,
            late=np.zeros(few.rows, dtype=np.bool_),
            future=Counter(),
            rows_read=reader.rows_read,
            last_day=reader.last_day,
            bookings=reader.bookings,
        )


def settings_sha256(night: Night, located: LocatedSource) -> str:
    """The digest of everything that decides what the rows of the source mean."""
    source, database = night.sections.source.visits, night.database
    meaning = [
        FORM,
        __version__,
        database.name,
        source.table,
        source.query,
        [(one.name, one.kind, located.source.types.get(one.name)) for one in located.columns],
        source.timezone,
        source.unknown_values,
        source.exclude_customers,
        source.future,
        night.question.timezone,
    ]
    return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()


def _unchanged(kept: Kept, found: Fingerprints) -> tuple[list[Layer], set[str]]:
    """The kept partitions that hold what the source holds now, and their names."""
    layers, known = [], set[str]()
    for layer in kept.layers:
        chosen = [one.name not in known and found.get(one.name) == one.fingerprint for one in layer.partitions]
        layers.append(layer.of(np.array(chosen, dtype=np.bool_)))
        known |= {one.name for one in layers[-1].partitions}
    return layers, known


def _rows(partitions: Fingerprints) -> int:
    return sum(one.rows for one in partitions.values())


def _named(layer: Layer) -> dict[str, Fingerprint]:
    return {one.name: one.fingerprint for one in layer.partitions}
