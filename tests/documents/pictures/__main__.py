"""Draw the pictures anew."""

from __future__ import annotations

from pathlib import Path

from tests.documents.pictures import night, series, visits
from tests.documents.pictures.style import svg

FOLDER = Path(__file__).parents[3] / "docs" / "pictures"

PICTURES = {
    "as-of": visits.as_of,
    "landmarks": visits.landmarks,
    "bins": visits.bins,
    "origins": series.origins,
    "gate": series.gate,
    "flip": night.flip,
}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, specification in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text(svg(specification()), encoding="utf-8")
