"""The recipe ``lstm``: landmarks, features, the network, and the fitted model that joins them."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.keras_runtime import start
from models.common.selection import Progress, no_progress
from models.next_visit.data.intervals import Rows, known_rows, waits
from models.next_visit.data.landmarks import came_true, landmark_days, landmark_rows
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.customers import CHANNELS, Features, features, summary_names
from models.next_visit.features.level import Level, past_landmarks, seen_whole
from models.next_visit.features.scaling import Scaling
from models.next_visit.recipes.artifact import attempt, malformed, write_description
from models.next_visit.recipes.hazard_lstm.network import bin_probabilities, build, hazard_targets
from models.next_visit.recipes.hazard_lstm.training import train
from models.next_visit.recipes.life_table import LifeTable, life_table_from
from models.next_visit.recipes.pareto_nbd import ParetoNbd, Purchases, parameters_from
from models.next_visit.settings import NextVisitSettings
from nightcast.values import Bins

RECIPE = "lstm"
NETWORK_FILE = "network.keras"
SCORED_ROWS = 8192
SEQUENCE_NUMBERS = 48_000_000
"""Most numbers that the sequences of the training rows may hold: 192 MB."""


@dataclass(frozen=True, eq=False)
class LstmModel:
    """A trained network with what it needs to read a history."""

    bins: Bins
    look_back: int
    table: LifeTable
    pareto_nbd: ParetoNbd
    level: Level
    scaling: Scaling
    network: Any
    recipe: str = RECIPE

    def probabilities(self, history: VisitHistory, as_of: int) -> NDArray[np.float64]:
        """Probability of each bin for every customer (n, K); see `models.next_visit.recipes.model.NextVisitModel`."""
        rows = known_rows(history, as_of)
        result = np.full((history.customers, self.bins.count), 1.0 / self.bins.count)
        chunk = _chunk(rows.customer.size, self.look_back)
        for begin in range(0, rows.customer.size, chunk):
            part = rows.part(begin, begin + chunk)
            result[part.customer] = bin_probabilities(self._log_odds(history, part, chunk))
        return result

    def _log_odds(self, history: VisitHistory, rows: Rows, chunk: int) -> NDArray[np.float32]:
        raw = features(history, rows, self.bins, self.look_back, self.table, self.pareto_nbd)
        scaled = self.scaling.apply(_raised(raw, self.level.expected(rows.day)))
        inputs = [_padded(part, chunk) for part in (scaled.sequence, scaled.summary, scaled.offset)]
        outputs: NDArray[np.float32] = np.asarray(self.network.predict_on_batch(inputs))
        return outputs[: rows.customer.size]

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is made where it is missing."""
        numbers = {
            "look_back": self.look_back,
            "scaling": self.scaling.describe(),
            "hazards": self.table.hazards.tolist(),
            "pareto_nbd": asdict(self.pareto_nbd),
            "level": self.level.describe(),
        }
        write_description(folder, RECIPE, self.bins, numbers)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Keras copies TensorFlow variables the NumPy 1 way
            self.network.save(folder / NETWORK_FILE)


def training_rows(history: VisitHistory, as_of: int, settings: NextVisitSettings, seed: int) -> Rows:
    """The rows that the recipe learns from at `as_of`: customers at landmarks of which a first bin had been seen."""
    known = history.before(as_of)
    days = past_landmarks(known, as_of, settings.bins, settings.landmark_spacing_days)
    return landmark_rows(known, days, _most_rows(settings), seed)


def whole_rows(history: VisitHistory, as_of: int, settings: NextVisitSettings, seed: int) -> Rows:
    """Customers at landmarks whose whole horizon had been seen at `as_of`."""
    known = history.before(as_of)
    days = landmark_days(known.first, as_of, settings.bins.horizon, settings.landmark_spacing_days)
    return landmark_rows(known, days, _most_rows(settings), seed)


def _most_rows(settings: NextVisitSettings) -> int:
    return min(settings.landmark_rows, SEQUENCE_NUMBERS // (settings.look_back * len(CHANNELS)))


def fit_lstm(
    history: VisitHistory, as_of: int, settings: NextVisitSettings, seed: int, progress: Progress = no_progress
) -> LstmModel:
    """Train the network on what was known at `as_of`; there has to be at least one training row."""
    known, bins = history.before(as_of), settings.bins
    rows = training_rows(known, as_of, settings, seed)
    table = LifeTable.fit(waits(known, as_of))
    pareto_nbd = ParetoNbd.fit(Purchases.at(known, known_rows(known, as_of)))
    level = Level.fit(known, as_of, bins, pareto_nbd)
    raw = _features_in_chunks(known, rows, bins, settings.look_back, table, pareto_nbd)
    scaling = Scaling.fit(raw)
    scaled = scaling.apply(_raised(raw, level.seen(rows.day)))
    targets = hazard_targets(came_true(known, rows, bins), seen_whole(rows.day, as_of, bins))
    keras = start(seed)
    network = build(keras, settings, raw.summary.shape[1], bins.count - 1)
    train(keras, network, scaled, targets, settings, seed, progress)
    return LstmModel(bins, settings.look_back, table, pareto_nbd, level, scaling, network)


def _raised(rows: Features, level: NDArray[np.float64]) -> Features:
    return replace(rows, offset=(rows.offset + level).astype(np.float32))


def load(folder: Path, description: dict[str, Any], bins: Bins) -> LstmModel:
    """The model that `LstmModel.save` wrote.

    Raises:
        InputError: if a part is missing, malformed, or does not fit the others.
    """
    look_back = attempt(lambda: int(description["look_back"]), "the look-back")
    names = summary_names(bins)
    scaling = Scaling.described(description.get("scaling"), len(names))
    table = life_table_from(description.get("hazards"))
    pareto_nbd = parameters_from(description.get("pareto_nbd"))
    level = Level.described(description.get("level"), bins)
    keras = start(0)
    network = attempt(
        lambda: keras.saving.load_model(folder / NETWORK_FILE, compile=False, safe_mode=True), NETWORK_FILE
    )
    shapes = [tuple(tensor.shape[1:]) for tensor in network.inputs]
    if shapes != [(look_back, len(CHANNELS)), (len(names),), (bins.count - 1,)]:
        raise malformed(f"{NETWORK_FILE} takes other inputs than {len(names)} features and {look_back} intervals")
    return LstmModel(bins, look_back, table, pareto_nbd, level, scaling, network)


def _features_in_chunks(
    history: VisitHistory, rows: Rows, bins: Bins, look_back: int, table: LifeTable, pareto_nbd: ParetoNbd
) -> Features:
    chunk = _chunk(rows.customer.size, look_back)
    parts = [
        features(history, rows.part(begin, begin + chunk), bins, look_back, table, pareto_nbd)
        for begin in range(0, rows.customer.size, chunk)
    ]
    return Features(
        np.concatenate([part.sequence for part in parts]),
        np.concatenate([part.summary for part in parts]),
        np.concatenate([part.offset for part in parts]),
    )


def _chunk(rows: int, look_back: int) -> int:
    """Rows handled at a time: a power of two, for few compiled shapes, and few where sequences are long."""
    most = max(256, SCORED_ROWS * 16 // max(look_back, 16))
    return min(most, 1 << max(rows - 1, 0).bit_length())


def _padded(values: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    missing = rows - len(values)
    return np.concatenate([values, np.zeros((missing, *values.shape[1:]), dtype=np.float32)]) if missing else values
