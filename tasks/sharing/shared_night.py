"""What every worker of a shared night needs besides the database, as an artifact in the model store."""

from __future__ import annotations

import datetime
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from models.common.artifacts import open_artifact, save_artifact
from models.common.description import attempt
from models.common.store import remove_artifact
from models.next_visit.curve.shared import Shared
from models.next_visit.recipes.registry import load_model
from models.next_visit.value.value import Shop
from nightcast import __version__
from nightcast.errors import SettingsError
from sql.sharing.shards import abandoned_runs
from tasks.next_visit.forecasting import Forecaster
from tasks.night import Night, Sections

MODEL_FOLDER, SHARED_FILE = "model", "shared.json"
_SUFFIX = "-shared"


@dataclass(frozen=True, eq=False)
class SharedNight:
    """What a worker reads from the artifact.

    Attributes:
        forecaster: the model, and what all customers share.
        clock: the moment that counts as now for all workers, aware.
    """

    forecaster: Forecaster
    clock: datetime.datetime

    @classmethod
    def open(cls, artifact: tuple[str, str], sections: Sections, timezone: str) -> SharedNight:
        """The shared night of an artifact, given its name and its SHA-256.

        Raises:
            InputError: if the artifact is damaged or missing.
            SettingsError: if this worker's settings, or its version, are not those of the night.
        """
        with open_artifact(sections.model.store, *artifact) as folder:
            contents = attempt(lambda: json.loads((folder / SHARED_FILE).read_text(encoding="utf-8")), SHARED_FILE)
            _require_same_settings(contents["settings"], settings_digests(sections, timezone))
            model = load_model(folder / MODEL_FOLDER)
        forecaster = Forecaster(model, Shared.described(contents["shared"]), Shop.described(contents["shop"]))
        return cls(forecaster, datetime.datetime.fromisoformat(contents["clock"]))


def save_shared_night(night: Night, forecaster: Forecaster) -> tuple[str, str]:
    """Write the artifact of a night with a run; its name and its SHA-256.

    Raises:
        UnavailableError: if the store cannot be written to.
    """
    contents = {
        "clock": night.question.clock.isoformat(),
        "settings": settings_digests(night.sections, night.question.timezone),
        "shared": forecaster.shared.describe(),
        "shop": forecaster.shop.describe(),
    }

    def write(folder: Path) -> None:
        forecaster.model.save(folder / MODEL_FOLDER)
        (folder / SHARED_FILE).write_text(json.dumps(contents), encoding="utf-8")

    name = artifact_of(night)
    return name, save_artifact(night.store, name, write, {"product": night.product, "as_of": night.question.as_of})


def remove_shared_night(night: Night) -> None:
    """Remove the artifact, if it is there.

    Raises:
        UnavailableError: if it cannot be removed.
    """
    remove_artifact(night.store, artifact_of(night))


def remove_left_shared(night: Night) -> None:
    """Remove the artifacts that killed nights have left since the last publication: their workers can write no more.

    Raises:
        UnavailableError: if one cannot be removed.
    """
    assert night.run is not None  # noqa: S101 - a dry run removes nothing
    for run in abandoned_runs(night.database, night.run):
        remove_artifact(night.store, f"{run.version}{_SUFFIX}")


def artifact_of(night: Night) -> str:
    """The name of the artifact of a night with a run."""
    assert night.run is not None  # noqa: S101 - a dry run shares nothing
    return f"{night.run.version}{_SUFFIX}"


def settings_digests(sections: Sections, timezone: str) -> dict[str, str]:
    """A digest of each section that decides what a worker reads and forecasts, by its name; it tells no value."""
    parts = {
        "source.visits": sections.source.visits.model_dump(mode="json"),
        # Workers read their shards whole, whether or not the night itself keeps visits.
        "next_visit": sections.next_visit.model_dump(mode="json", exclude={"incremental"}),
        "run timezone": timezone,
        "version of Nightcast": __version__,
    }
    return {name: hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest() for name, part in parts.items()}


def _require_same_settings(theirs: dict[str, str], ours: dict[str, str]) -> None:
    different = [name for name, digest in ours.items() if theirs.get(name) != digest]
    if different:
        raise SettingsError(
            f"The settings of this worker differ from those of the night under way: {', '.join(different)}.",
            "Use the same nightcast.toml, of the same version of Nightcast, on all machines.",
        )
