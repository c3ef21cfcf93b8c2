"""Layers of kept visits as artifacts of the model store."""

from __future__ import annotations

import json
import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from models.common.artifacts import open_artifact, save_artifact
from models.common.store import remove_artifact
from nightcast.errors import NightcastError
from sql.engine import Database
from sql.source.fingerprints.ask import Fingerprint
from sql.source.fingerprints.kept import KeptPart, Part, kept_parts, release_parts, switch_part
from tasks.next_visit.kept.layers import Layer, Partition
from tasks.night import Night

FORM = 1
"""The version of the files; nights of another version read everything."""

_VISITS, _IDS, _PARTITIONS = "visits.arrow", "ids.arrow", "partitions.json"
_COLUMNS = ("code", "day", "value", "partition")


@dataclass(frozen=True)
class Kept:
    """What nights before have kept.

    Attributes:
        layers: the visits of each part, the base first.
        parts: where they are.
        why_not: why what is kept is of no use; empty if it is, or nothing is.
    """

    layers: list[Layer]
    parts: list[KeptPart]
    why_not: str = ""

    @property
    def base(self) -> KeptPart | None:
        """Where the base is; None where nothing is kept."""
        return self.parts[0] if self.parts else None


def load_kept(night: Night, parts: list[KeptPart], settings_sha256: str) -> Kept:
    """What nights before have kept in these parts, if it is whole and of these settings; else nothing, and why."""
    if not parts or parts[0].part != "base":
        return Kept([], [])
    if any(part.settings_sha256 != settings_sha256 for part in parts):
        return _nothing("they were read with other settings, or by another version")
    if any(part.kept_at > night.question.clock for part in parts):
        return _nothing("they were kept after the present clock")
    try:
        return Kept([_load(night.store, part) for part in parts], parts)
    except (NightcastError, OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        return _nothing(f"they are missing or damaged ({reason.rstrip('.')})")


def _nothing(why: str) -> Kept:
    return Kept([], [], why)


def _load(store: str, part: KeptPart) -> Layer:
    with open_artifact(store, part.artifact, part.sha256) as folder:
        visits, ids = _read(folder / _VISITS), _read(folder / _IDS)
        partitions = json.loads((folder / _PARTITIONS).read_text(encoding="utf-8"))
    code, day, value, partition = (np.asarray(visits[name].combine_chunks()) for name in _COLUMNS)
    listed = [
        Partition(one["name"], Fingerprint(one["rows"], one["digest"]), one["last_day"], _rejections(one))
        for one in partitions
    ]
    return Layer(ids["ids"].combine_chunks(), code, day, value, partition, listed)


def _rejections(one: dict[str, list[list[object]]]) -> tuple[tuple[str, int, str], ...]:
    return tuple((str(reason), int(str(rows)), str(example)) for reason, rows, example in one["rejections"])


def _read(path: Path) -> pa.Table:
    with pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def forget_kept(database: Database, store: str) -> int:
    """Keep nothing any longer; returns how many visits were kept.

    Raises:
        UnavailableError: if they cannot be removed from the store; may be repeated.
    """
    parts = kept_parts(database)
    for part in parts:
        remove_artifact(store, part.artifact)
    release_parts(database)
    return sum(part.rows for part in parts)


class Pending:
    """A layer that is written to a temporary folder, and kept when readers see the forecast: it may be large."""

    def __init__(self, part: Part, layer: Layer, settings_sha256: str, base: KeptPart | None) -> None:
        self._part: Part = part
        self._rows, self._settings_sha256, self._base = layer.rows, settings_sha256, base
        self._folder = Path(tempfile.mkdtemp(prefix="nightcast-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)  # also of a night that fails
        _write(self._folder, layer)

    def keep(self, night: Night) -> None:
        """Seal the layer, and put it in the place of older ones.

        A kill at any moment leaves the older ones, or the new one; a folder without a row is pruned later.
        """
        if night.run is None:
            return
        name = f"{night.product}-{night.question.as_of:%Y%m%d}-{night.run.run_id[-8:]}-{self._part}"
        sha256 = save_artifact(night.store, name, lambda folder: _move(self._folder, folder), {"form": FORM})
        clock = night.question.clock
        part = KeptPart(self._part, name, sha256, self._settings_sha256, self._rows, clock)
        for artifact in switch_part(night.database, part, self._base):
            remove_artifact(night.store, artifact)


def _move(source: Path, target: Path) -> None:
    for path in list(source.iterdir()):
        shutil.move(path, target / path.name)


def _write(folder: Path, layer: Layer) -> None:
    columns = [pa.array(getattr(layer, name)) for name in _COLUMNS]
    _write_table(folder / _VISITS, pa.table(columns, names=list(_COLUMNS)))
    _write_table(folder / _IDS, pa.table([layer.ids], names=["ids"]))
    listed = [
        {
            "name": one.name,
            "rows": one.fingerprint.rows,
            "digest": one.fingerprint.digest,
            "last_day": one.last_day,
            "rejections": one.rejections,
        }
        for one in layer.partitions
    ]
    (folder / _PARTITIONS).write_text(json.dumps(listed), encoding="utf-8")


def _write_table(path: Path, table: pa.Table) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
