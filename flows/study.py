"""The study flow: repeat an experiment, judge its claims, and store the results."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import flow_run
from pydantic import BaseModel

from flows.markdown import plain_text
from flows.night.progress import show_progress
from flows.study_session import StudyRequest, open_study
from studies.run import StudyOutcome


class StudySummary(BaseModel):
    """The result of the study flow."""

    name: str
    study_id: str | None
    page: Path
    seconds: float
    verdicts: dict[str, int]


def _run_name() -> str:
    """The names of the flow and of the study file."""
    request = flow_run.parameters.get("request")
    file = request.get("file") if isinstance(request, dict) else getattr(request, "file", None)
    return f"{flow_run.flow_name} {Path(file).stem if file else 'now'}"


@flow(name="study", flow_run_name=_run_name, persist_result=False)
def study(request: StudyRequest) -> StudySummary:
    """Repeat an experiment, judge its claims, store every score, and write a page."""
    opened = open_study(request)
    with show_progress("study") as progress:
        outcome = opened.run(progress)
    page, study_id = opened.write_page(outcome), opened.keep(outcome)
    create_markdown_artifact(_markdown(outcome), key="nightcast-study", description=opened.file.settings.name)
    return StudySummary(
        name=opened.file.settings.name,
        study_id=study_id,
        page=page,
        seconds=round(outcome.seconds, 1),
        verdicts=Counter(verdict.holds for verdict in outcome.verdicts),
    )


def _markdown(outcome: StudyOutcome) -> str:
    """The verdicts as markdown."""
    settings = outcome.file.settings
    lines = [f"- **{verdict.holds}**: {plain_text(verdict.sentences)}" for verdict in outcome.verdicts]
    return "\n".join(
        [f"# {plain_text(settings.title or settings.name)}", "", *(lines or ["The study file has no claims."])]
    )
