"""The process that draws: a Vega-Lite specification a line, and its SVG a line, as JSON."""

from __future__ import annotations

import json
import sys

import vl_convert

FIRST = {"data": {"values": [{}]}, "mark": "point"}


def main() -> None:
    """Get ready, then draw what comes."""
    vl_convert.vegalite_to_svg(FIRST)
    for line in sys.stdin:
        print(json.dumps(vl_convert.vegalite_to_svg(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
