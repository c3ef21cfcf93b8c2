"""Repeats the published LSTM studies: published and measured figures side by side, and which claims hold.

Each file of `benchmarks/published` is run by the code of ``nightcast study``, without a database.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, Goal
from flows.commands.nights.study import show
from flows.console import Console
from flows.study_session import StudyRequest, open_study
from models.common.selection import no_progress
from nightcast.errors import NightcastError
from studies.run import StudyOutcome

PUBLISHED = Path(__file__).parent / "published"
"""The folder of their study files."""

SLOW = "noisy_waves"
"""The study of large networks, with its own goal."""

SLOW_SECONDS, OTHER_SECONDS = 900, 300


@dataclass(frozen=True, eq=False)
class Measured:
    """A study that was run.

    Attributes:
        outcome: Its scores and verdicts.
        seconds: From reading its file to its page.
    """

    outcome: StudyOutcome
    seconds: float

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.outcome.file.path.stem


def measure(file: Path, folder: Path, repeats: int | None) -> Measured:
    """Run a study, write its page into a folder, and print its summary and verdicts."""
    started = time.perf_counter()
    opened = open_study(StudyRequest(file=file, page=folder / f"{file.stem}.html", repeats=repeats, save=False))
    outcome = opened.run(no_progress)
    page = opened.write_page(outcome)
    measured = Measured(outcome, time.perf_counter() - started)
    settings = opened.file.settings
    print(
        f"{settings.title or settings.name}: {settings.repeats:,} repeats, {measured.seconds:.1f} s, {page}", flush=True
    )
    show(Console(), outcome, metrics=_compared(outcome))
    return measured


def _compared(outcome: StudyOutcome) -> list[str]:
    """The study's metric, and all others with published figures."""
    published = [row.metric for row in outcome.rows if row.published is not None]
    return list(dict.fromkeys([outcome.file.settings.metric, *published]))


def figures(studies: Sequence[Measured]) -> Iterator[Figure]:
    """The figures of all studies."""
    for one in studies:
        yield Figure(f"{one.name}_seconds", one.seconds, Goal("<=", SLOW_SECONDS) if one.name == SLOW else None)
    others = sum(one.seconds for one in studies if one.name != SLOW)
    yield Figure("seconds_of_all_others", others, Goal("<=", OTHER_SECONDS))
    verdicts = [verdict for one in studies for verdict in one.outcome.verdicts]
    published = [verdict.holds for verdict in verdicts if verdict.kind == "published"]
    claims = [verdict.holds for verdict in verdicts if verdict.kind == "claim"]
    yield Figure("published_figures", len(published))
    yield Figure("published_figures_that_hold", published.count("confirmed"))
    yield Figure("claims", len(claims))
    yield Figure("claims_with_a_verdict", len(claims) - claims.count("open"))
    yield Figure("claims_confirmed", claims.count("confirmed"))


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.studies", description=(__doc__ or "").split("\n")[0])
    add = parser.add_argument
    add("files", nargs="*", type=Path, help="study files (those of benchmarks/published)")
    add("--folder", type=Path, default=Path("study_pages"), help="folder of the pages (study_pages)")
    add(
        "--repeats",
        type=int,
        help="repeats of each configuration, instead of those in the files",
    )
    chosen = parser.parse_args(arguments)
    chosen.files = chosen.files or sorted(PUBLISHED.glob("*.toml"))
    return chosen


def main(arguments: Sequence[str]) -> int:
    """Run every study, and end with one line per figure; after a study that fails, the others still run."""
    chosen = options(arguments)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    studies: list[Measured] = []
    for file in chosen.files:
        try:
            studies.append(measure(file, chosen.folder, chosen.repeats))
        except NightcastError as error:
            print(f"{file}: {error}", file=sys.stderr)
    print("\n".join(figure.line for figure in figures(studies)))
    return 0 if len(studies) == len(chosen.files) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
