"""All files in `deployments/` that are made from the comments of the views and from `docs/sql.md`."""

from __future__ import annotations

from pathlib import Path

from tests.deployments.datasette_metadata import datasette_files
from tests.deployments.dbt_package import dbt_files
from tests.deployments.grafana_dashboard import grafana_files
from tests.deployments.superset_export import superset_files


def generated_files() -> dict[Path, str]:
    """The text of each."""
    return dbt_files() | datasette_files() | grafana_files() | superset_files()


def write() -> None:
    """Write them, and remove what a question that is no longer asked has left."""
    files = generated_files()
    for path in {path.parent for path in files if path.suffix == ".sql"}:
        for left in set(path.glob("*.sql")) - files.keys():
            left.unlink()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
