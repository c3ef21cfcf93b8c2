"""The events of a run: START, then COMPLETE, FAIL, or ABORT where it was stopped by a signal."""

from __future__ import annotations

import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from openlineage.client.event_v2 import InputDataset, Job, Run, RunEvent, RunState, set_producer
from openlineage.client.generated.error_message_run import ErrorMessageRunFacet
from openlineage.client.generated.job_type_job import JobTypeJobFacet
from openlineage.client.generated.nominal_time_run import NominalTimeRunFacet
from openlineage.client.generated.processing_engine_run import ProcessingEngineRunFacet
from openlineage.client.generated.sql_job import SQLJobFacet

from flows.lineage.datasets import inputs, outputs, sources, with_rows_read
from nightcast import __version__
from tasks.night import Night

PRODUCER = f"urn:nightcast:{__version__}"


class RunEvents:
    """Makes the events of a run.

    Args:
        night: the night, whose run has begun.
        namespace: the namespace of the job, which is the product.
    """

    def __init__(self, night: Night, namespace: str) -> None:
        assert night.run is not None  # noqa: S101 - a dry run has no events
        set_producer(PRODUCER)
        self._night = night
        self._namespace = namespace
        self._run_id = night.run.run_id

    def started(self) -> RunEvent:
        """The run has begun."""
        return self._event(RunState.START, outputs=outputs(self._night, counted=False))

    def completed(self) -> RunEvent:
        """The run is published."""
        read = with_rows_read(self._inputs, self._night.entry.rows_read)
        return self._event(RunState.COMPLETE, inputs=read, outputs=outputs(self._night, counted=True))

    def failed(self, reason: str, is_stopped: bool) -> RunEvent:
        """The run has failed, or was stopped by a signal; the reason is that of the ledger."""
        facet = {"errorMessage": ErrorMessageRunFacet(reason, "PYTHON")}
        return self._event(RunState.ABORT if is_stopped else RunState.FAIL, facet)

    @cached_property
    def _inputs(self) -> list[InputDataset]:
        return inputs(self._night)

    @cached_property
    def _job(self) -> Job:
        facets: dict[str, Any] = {"jobType": JobTypeJobFacet("BATCH", "NIGHTCAST", "JOB")}
        if queries := [source.query for source in sources(self._night) if source.query]:
            facets["sql"] = SQLJobFacet(";\n".join(queries))
        return Job(self._namespace, self._night.product.value, facets)

    def _event(self, state: RunState, facets: dict[str, Any] | None = None, **datasets: Any) -> RunEvent:
        question = self._night.question
        day = datetime.datetime.combine(question.as_of, datetime.time(), ZoneInfo(question.timezone))
        known = {
            "nominalTime": NominalTimeRunFacet(day.isoformat()),
            "processing_engine": ProcessingEngineRunFacet(__version__, "nightcast"),
        }
        return RunEvent(
            eventTime=datetime.datetime.now(datetime.UTC).isoformat(),
            eventType=state,
            run=Run(self._run_id, known | (facets or {})),
            job=self._job,
            **({"inputs": self._inputs} | datasets),
        )
