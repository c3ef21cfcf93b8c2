"""Removing old rows and artifacts, and choosing by hand which model serves."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from models.common.artifacts import open_artifact
from models.common.store import UNFINISHED, StoredFolder, is_name, remove_artifact, require_name, stored_folders
from nightcast.errors import UsageError
from nightcast.values import Product
from sql.engine import Database
from sql.hindsight.series_scores import remove_series_scores
from sql.ledger.model_versions import ModelVersion, appoint, champion_of, champions_before, find_version, roll_back
from sql.ledger.pruning import (
    BATCH_ROWS,
    YOUNG,
    Keep,
    StoredRun,
    count_rows,
    judge_runs,
    known_artifacts,
    release_artifact,
    removable_versions,
    remove_rows,
    was_made_here,
)

Report = Callable[[str], None]

_OF_RUN = rf"({'|'.join(Product)})-(\d{{4}})(\d{{2}})(\d{{2}})-([0-9a-f]{{8}})"
ARTIFACT_NAME = re.compile(rf"{_OF_RUN}(?:-shared|-base|-recent)?")
"""The name of an artifact: product, as-of, the end of the run's ID, and what it is, unless it is a model."""


MOST_RUNS = 20
"""Runs that a night removes, so that the first one after years takes no longer than others."""


@dataclass(frozen=True)
class Removal:
    """Something that was removed, or would be in a dry run.

    Attributes:
        what: rows of a run, the artifact of a model version, or a folder that a killed night left in the store.
        name: the run, the version or the folder.
        rows: number of rows.
        reason: why it was removed.
    """

    what: Literal["rows", "model", "folder"]
    product: Product | None
    as_of: datetime.date | None
    name: str
    rows: int | None
    reason: str


def prune(
    database: Database, store: str, keep: Keep, now: datetime.datetime, *, dry_run: bool, report: Report
) -> Iterator[Removal]:
    """Remove rows of old runs, then models that nothing refers to, then unfinished folders.

    Each removal is complete when it is yielded, so the command can be interrupted at any time.

    Args:
        database: where the rows are.
        store: the folder or URL of the model artifacts.
        keep: which published runs to keep.
        now: the clock, aware.
        dry_run: yield what would be removed, and remove nothing.
        report: called with the progress of a long removal.

    Raises:
        InputError: at the end, if a model version names an artifact that is no folder of the store.
    """
    runs = judge_runs(database, keep, now)
    for run in runs:
        if run.reason:
            rows = count_rows(database, run) if dry_run else _remove_run(database, run, report)
            yield Removal("rows", run.product, run.as_of, run.run_id, rows, run.reason)
    versions = removable_versions(database, runs, now)
    for version in versions:
        if is_name(version.artifact) and (dry_run or release_artifact(database, version.model_version)):
            if not dry_run:
                remove_artifact(store, version.artifact)
            reason = "no run that is kept refers to it"
            yield Removal("model", version.product, version.as_of, version.model_version, None, reason)
    yield from _prune_folders(database, store, now, dry_run)
    require_name(*(version.artifact for version in versions))


def tidy(database: Database, product: Product, keep: Keep, now: datetime.datetime) -> int:
    """Remove the rows of a product's oldest runs that are no longer needed, of no more than `MOST_RUNS`.

    Old scores of single series go too.

    Returns:
        The number of rows removed.
    """
    scores = remove_series_scores(database, product)
    old = [run for run in judge_runs(database, keep, now) if run.reason and run.product == product]
    return scores + sum(rows for run in old[-MOST_RUNS:] for rows in remove_rows(database, run))


def unknown_folders(database: Database, store: str) -> list[str]:
    """Folders in the store named like models that are not in this database; another database may use the store."""
    known = known_artifacts(database)
    return [
        folder.name
        for folder in stored_folders(store)
        if ARTIFACT_NAME.fullmatch(folder.name)
        and folder.name not in known
        and not _is_left_behind(database, folder.name)
    ]


def promote_version(database: Database, store: str, name: str) -> ModelVersion:
    """Make a version champion, if its artifact is complete.

    Raises:
        UsageError: if there is no such version, it is the champion already, or it has no artifact.
        ArtifactError: if its artifact is missing or damaged.
    """
    version = _known(database, name)
    if version.status == "champion":
        raise UsageError(f"The model {name} is the champion already.")
    _require_artifact(store, version)
    appoint(database, version)
    return version


def rollback_to(database: Database, store: str, name: str) -> ModelVersion:
    """Make an earlier champion serve again; those since then become rejected.

    Args:
        database: where the versions are.
        store: the folder or URL of the model artifacts.
        name: the version to return to, or a product, which means its previous champion.

    Raises:
        UsageError: if there is no earlier champion, or the version did not serve before the champion.
        ArtifactError: if its artifact is missing or damaged.
    """
    version = _known(database, _before(database, Product(name)) if name in list(Product) else name)
    before = champions_before(database, version.product)
    if version.model_version not in before:
        served = f"those that did are {', '.join(before)}" if before else "none did"
        raise UsageError(
            f"The model {name} is {version.status} and did not serve before the champion; {served}.",
            "Use `nightcast models promote` to make any other version serve.",
        )
    _require_artifact(store, version)
    roll_back(database, version)
    return version


def _remove_run(database: Database, run: StoredRun, report: Report) -> int:
    removed = 0
    for rows in remove_rows(database, run):
        removed += rows
        if rows >= BATCH_ROWS:  # others take no time
            report(f"{run.product} {run.as_of} ({run.reason}): {removed:,} rows removed")
    return removed


def _prune_folders(database: Database, store: str, now: datetime.datetime, dry_run: bool) -> Iterator[Removal]:
    """Remove the folders of nights that were killed while they wrote a model, or before its row existed."""
    known = known_artifacts(database)
    for folder in stored_folders(store):
        is_unfinished = folder.name.startswith(UNFINISHED)
        if folder.name in known or _is_young(folder, now):
            continue
        if is_unfinished or _is_left_behind(database, folder.name):
            if not dry_run:
                remove_artifact(store, folder.name)
            reason = "it is unfinished" if is_unfinished else "nothing refers to it"
            yield Removal("folder", None, None, folder.name, None, reason)


def _is_young(folder: StoredFolder, now: datetime.datetime) -> bool:
    return folder.changed_at is None or now - folder.changed_at <= YOUNG


def _is_left_behind(database: Database, name: str) -> bool:
    """Whether a run of this database made the folder; another database may share the store."""
    match = ARTIFACT_NAME.fullmatch(name)
    if match is None:
        return False
    product, year, month, day, run_id_end = match.groups()
    try:
        as_of = datetime.date(int(year), int(month), int(day))
    except ValueError:
        return False
    return was_made_here(database, product, as_of, run_id_end)


def _known(database: Database, name: str) -> ModelVersion:
    version = find_version(database, name)
    if version is None:
        raise UsageError(f"There is no model version {name!r}.", "List the versions with `nightcast models`.")
    return version


def _before(database: Database, product: Product) -> str:
    if champion_of(database, product) is None:
        raise UsageError(f"There is no champion of {product} yet.")
    before = champions_before(database, product)
    if not before:
        raise UsageError(
            f"No model of {product} served before the champion.", "List the versions with `nightcast models`."
        )
    return before[0]


def _require_artifact(store: str, version: ModelVersion) -> None:
    if version.artifact is None or version.sha256 is None:
        raise UsageError(
            f"The model {version.model_version} has no artifact: it lost at the gate, or its artifact was pruned.",
            "Choose another version, or train again with `nightcast run --retrain always`.",
        )
    with open_artifact(store, version.artifact, version.sha256):
        return
