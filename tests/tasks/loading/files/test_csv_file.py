"""Reading CSV files in batches."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sql.engine import Database
from tasks.loading.files import csv_file
from tasks.loading.files.csv_file import CsvFile
from tests.tasks.loading.loads import load, on_sqlite, rejected, write


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.text("ab\n,\"'é ", max_size=6), st.just("2024-01-01"), st.sampled_from(["1", "\n2", "x"])),
            st.tuples(st.just("few")),
            st.tuples(st.just("many"), st.just(""), st.just(""), st.text("\n,z", max_size=3)),
            st.just(()),
        ),
        max_size=30,
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_batches_hold_every_row_and_tell_its_line(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], newline: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b\nb", "c"])
    good, bad = [], []
    for row in rows:
        line = text.getvalue().count("\n") + 1
        writer.writerow(row)
        if len(row) == 3 or (len(row) > 3 and not any(row[3:])):  # a delimiter too many at the end
            good.append((line, *row[:3]))
        elif row:
            bad.append((line, row))
    path = write(tmp_path_factory.mktemp("lines"), text.getvalue())
    before, csv_file.BLOCK_BYTES = csv_file.BLOCK_BYTES, 200
    try:
        batches = list(CsvFile(path, ["a"], is_compressed=False).batches())
    finally:
        csv_file.BLOCK_BYTES = before
    assert [
        row
        for batch in batches
        for row in zip(batch.lines, *map(pa.Array.to_pylist, batch.columns.values()), strict=True)
    ] == good
    assert [(row.line, row.fields) for batch in batches for row in batch.malformed] == bad


@on_sqlite
def test_small_blocks_change_nothing(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"c{row},2024-01-{row % 28 + 1:02},{'x' if row % 100 == 0 else row}" for row in range(2_000)]
    monkeypatch.setattr("tasks.loading.files.csv_file.BLOCK_BYTES", 500)
    report = load(database, "visits", write(tmp_path, "\n".join(["customer,at,paid", *lines])))
    assert (report.rows, report.rejections.rows) == (1_980, 20)
    assert [int(row["line"]) for row in rejected(report)] == list(range(2, 2_002, 100))
