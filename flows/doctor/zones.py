"""Time zones: that of the machine, and whether those of schedule, settings and source fit together."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flows.doctor.findings import Finding, doubtful, fine
from flows.settings import Settings

LOCALTIME = Path("/etc/localtime")
TIMEZONE = Path("/etc/timezone")
"""The name of the zone, where Debian keeps it."""

_FOLDER = "zoneinfo/"


def machine_timezone() -> str:
    """The IANA name of this machine's time zone; UTC where it is not known."""
    linked = str(LOCALTIME.resolve()) if LOCALTIME.is_symlink() else ""
    written = TIMEZONE.read_text(encoding="ascii", errors="replace") if TIMEZONE.is_file() else ""
    for name in [os.environ["TZ"]] if os.environ.get("TZ") else [linked, written]:
        known = _known(name.strip().removeprefix(":").rpartition(_FOLDER)[2])
        if known:
            return known
    return "UTC"


def _known(name: str) -> str:
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""
    return "UTC" if same_clock(name, "UTC") else zone.key


def same_clock(timezone: str, other: str) -> bool:
    """Whether the clocks of two time zones show the same, in winter and in summer."""
    year = datetime.datetime.now(datetime.UTC).year
    moments = [datetime.datetime(year, month, 1, tzinfo=datetime.UTC) for month in range(1, 13)]
    zones = ZoneInfo(timezone), ZoneInfo(other)
    return all(len({moment.astimezone(zone).utcoffset() for zone in zones}) == 1 for moment in moments)


def zones(settings: Settings) -> Finding:
    """Whether days mean the same to the schedule of this machine, the settings and the visits.

    A machine or a database in UTC is usual, and no cause for a warning if the settings say where the business is.
    """
    days, visits, machine = settings.run.timezone, settings.source.visits.timezone, machine_timezone()
    is_said = "timezone" in settings.source.visits.model_fields_set and same_clock(visits, "UTC")
    if not same_clock(days, visits) and not is_said:
        return doubtful(
            "time zones",
            f"days are those of {days}, but visits without an offset are taken as {visits}",
            "Set [source.visits] timezone to the zone in which the source writes, UTC included.",
        )
    if not same_clock(days, machine) and ("timezone" not in settings.run.model_fields_set or machine != "UTC"):
        return doubtful(
            "time zones",
            f"days are those of {days}, but this machine, and its cron, are in {machine}",
            f'Set [run] timezone to the zone of the business, such as "{machine}".',
        )
    return fine("time zones", f"days of {days}, visits in {visits}, this machine in {machine}")


def schedule_warning(scheduled: str, timezone: str) -> str:
    """What to say of a schedule in another zone than that of days; "" where both agree."""
    if same_clock(scheduled, timezone):
        return ""
    return (
        f"nights are scheduled in {scheduled}, but the as-of is the day in {timezone}, which may be another one; "
        "set [run] timezone to the zone of the schedule"
    )
