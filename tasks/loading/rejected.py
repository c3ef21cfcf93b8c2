"""The file that keeps rejected rows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from nightcast.errors import InputError
from tasks.loading.files.batches import distinct_names


class RejectedFile:
    """The file of rejected rows: written under a temporary name, and renamed when the load has succeeded.

    Attributes:
        width: the number of columns of the loaded file.
    """

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self.width = len(names)
        self._folders = (path.absolute().parent, Path.cwd())
        self._name = f"{path.name}.rejected.csv"
        kinds = [pa.field(name, pa.string()) for name in (*distinct_names(names), "reason")]
        self._schema = pa.schema([*kinds, pa.field("line", pa.int64())])
        self._partial: Path | None = None
        self._writer: Any = None

    def __enter__(self) -> RejectedFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        if self._partial is not None:
            self._partial.unlink(missing_ok=True)

    def write(
        self,
        columns: Sequence[pa.Array],
        reasons: Sequence[str] | NDArray[np.object_],
        lines: Sequence[int] | NDArray[np.int64],
    ) -> None:
        """Add rows.

        Args:
            columns: the columns of the loaded file as text, each of shape (n,).
            reasons: why each row was rejected, shape (n,).
            lines: the line on which each row starts, shape (n,).
        """
        if self._writer is None:
            self._partial = self._choose_place()
            self._writer = pyarrow.csv.CSVWriter(str(self._partial), self._schema)
        arrays = [*columns, pa.array(reasons, pa.string()), pa.array(lines, pa.int64())]
        self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))

    def keep(self) -> Path | None:
        """Rename the file to its final name, or remove that of an earlier load; returns its path."""
        self._close()
        if self._partial is None:
            with suppress(OSError):
                (self._folders[0] / self._name).unlink(missing_ok=True)
            return None
        place = self._partial.with_name(self._name)
        os.replace(self._partial, place)
        self._partial = None
        return place

    def _choose_place(self) -> Path:
        for folder in self._folders:
            partial = folder / f"{self._name}.{os.getpid()}.partial"
            with suppress(OSError):
                partial.touch(0o600)  # it holds customers: for its owner only
                return partial
        raise InputError(
            f"Rows have to be rejected, and neither {self._folders[0]} nor {self._folders[1]} can be written to.",
            "Run the command in a folder where the rejected rows can be kept.",
        )

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
