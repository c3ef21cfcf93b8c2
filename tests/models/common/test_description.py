from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from models.common.description import FILE_NAME, FORMAT, attempt, read_description, write_description
from nightcast.errors import InputError


def test_a_description_is_read_back(tmp_path: Path) -> None:
    write_description(tmp_path / "new", "theta", {"horizon": 7, "shares": [0.25, 0.75]})
    expected = {"format": FORMAT, "recipe": "theta", "horizon": 7, "shares": [0.25, 0.75]}
    assert read_description(tmp_path / "new") == expected


@pytest.mark.parametrize(
    "damage",
    [
        Path.unlink,
        lambda path: path.write_bytes(b"\xff{"),
        lambda path: path.write_text("{"),
        lambda path: path.write_text("[]"),
        lambda path: path.write_text('{"format": 1, "recipe": "theta"}'),
    ],
)
def test_what_is_no_description_of_this_format_is_refused(damage: Callable[[Path], object], tmp_path: Path) -> None:
    write_description(tmp_path, "theta", {})
    damage(tmp_path / FILE_NAME)
    with pytest.raises(InputError):
        read_description(tmp_path)


def test_whatever_a_parser_raises_names_the_part() -> None:
    with pytest.raises(InputError, match="the look-back"):
        attempt(lambda: int("many"), "the look-back")
    assert attempt(lambda: int("3"), "the look-back") == 3
