"""The markdown summary that each product's run leaves in Prefect."""

from __future__ import annotations

from prefect.artifacts import create_markdown_artifact

from flows.night.request import Outcome


def leave_summary(outcome: Outcome) -> None:
    """Leave the summary as an artifact; versions of one key line up night by night."""
    key = f"nightcast-{outcome.product.value.replace('_', '-')}"
    create_markdown_artifact(summary(outcome), key=key, description=f"{outcome.product} of {outcome.as_of}")


def summary(outcome: Outcome) -> str:
    """What came of the night, as markdown."""
    facts = {
        "Run": outcome.run_id or "dry run, nothing written",
        "Subjects": f"{outcome.subjects:,}",
        "Rows written": f"{outcome.rows_written:,}",
        "Rows rejected": f"{outcome.rows_rejected:,}",
        "Serves": outcome.served,
        "Decision": outcome.decision,
        "Notes": "; ".join(outcome.notes) or "none",
        "Took": f"{outcome.seconds:.1f} s",
    }
    lines = [f"| {name} | {value} |" for name, value in facts.items()]
    return "\n".join([f"# {outcome.product}, as of {outcome.as_of}", "", "| | |", "|---|---|", *lines])
