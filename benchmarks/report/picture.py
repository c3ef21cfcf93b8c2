"""Take the picture of the report in `docs/report.png`.

    python -m benchmarks.report.picture FOLDER

The folder has a `nightcast.toml` and nights, such as that of `nightcast demo`. The picture has
256 colours, to be small.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.report.__main__ import ARGUMENTS, CHROMIUM
from flows.night.session import open_to_read
from flows.report.charts.painter import Painter
from flows.report.compose import compose
from flows.report.page import page

PICTURE = Path(__file__).parents[2] / "docs" / "report.png"
WIDTH, HEIGHT = 1000, 900
PLACES = ((None, 560), ("#visits", 420))
"""Parts of the page, one below the other: where each begins (None: at its top), and its height."""


def main() -> None:
    """Write the picture."""
    with Painter() as painter:
        text = page(compose(open_to_read(Path(sys.argv[1]) / "nightcast.toml"), "UTC", painter))
    parts = [Image.open(io.BytesIO(part)).convert("RGB") for part in _pictures(text)]
    whole = Image.new("RGB", (parts[0].width, sum(part.height for part in parts)))
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    whole.quantize(256, dither=Image.Dither.NONE).save(PICTURE, optimize=True)
    print(f"{PICTURE}: {PICTURE.stat().st_size:,} bytes")


def _pictures(text: str) -> list[bytes]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened: Any = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1)
        opened.set_content(text)
        taken = []
        for place, height in PLACES:
            box = opened.locator(place).bounding_box() if place else {"y": 0}
            clip = {"x": 0, "y": box["y"] if box else 0, "width": WIDTH, "height": height}
            taken.append(opened.screenshot(full_page=True, clip=clip))
        browser.close()
    return taken


if __name__ == "__main__":
    main()
