"""Which format is proposed for dates that could not be read."""

from __future__ import annotations

import datetime

import pytest

from tasks.conversion.date_proposals import proposed_formats

NOW = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("examples", "formats"),
    [
        (["31.12.2024", "01.02.2025"], ["%d.%m.%Y"]),
        (["05.04.2024"], ["%d.%m.%Y"]),  # with dots, the day comes first
        (["31.12.24"], ["%d.%m.%y"]),
        (["31/12/2024 17:45", "01/02/2024 9:05"], ["%d/%m/%Y %H:%M"]),
        (["12/31/2024 5:45 PM"], ["%m/%d/%Y %I:%M %p"]),
        (["05/04/2024"], ["%d/%m/%Y", "%m/%d/%Y"]),
        (["05/04/2024", "05/14/2024"], ["%m/%d/%Y"]),
        (["05-Jan-24"], ["%d-%b-%y"]),
        (["Jan 5, 2024"], ["%b %d, %Y"]),
        (["31.12.2024 10:15:00 +0200"], ["%d.%m.%Y %H:%M:%S %z"]),
        (["46027", "46028.5"], ["excel"]),
        (["1767607200"], ["epoch-seconds"]),
        (["1767607200000"], ["epoch-milliseconds"]),
        (["2023-W01"], ["iso-week"]),
        (["202310", "202340"], ["iso-week"]),
        (["2023-40"], ["iso-week"]),
        (["202301", "202312"], ["%Y%m"]),
        (["123440", "999940"], []),
        (["2026-10-03 10:00 PM"], ["%Y-%m-%d %I:%M %p"]),
        (["2026-13-03", "2026-20-03"], ["%Y-%d-%m"]),
        (["31.12.2024", "garbage"], ["%d.%m.%Y"]),
        (["31.12.2024", "garbage", "rubbish"], []),
        (["12"], []),
        ([""], []),
    ],
)
def test_the_examples_show_the_format(examples: list[str], formats: list[str]) -> None:
    assert proposed_formats(examples, NOW) == formats
