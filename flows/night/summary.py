"""The summary of a product's night in Prefect."""

from __future__ import annotations

from flows.markdown import plain_text
from flows.night.request import Outcome
from nightcast.glossary import meaning


def leave_summary(outcome: Outcome) -> None:
    """Store a summary as an artifact; the summaries of all nights are versions of one key."""
    from prefect.artifacts import create_markdown_artifact

    key = f"nightcast-{outcome.product.value.replace('_', '-')}"
    create_markdown_artifact(summary(outcome), key=key, description=f"{outcome.product} of {outcome.as_of}")


def summary(outcome: Outcome) -> str:
    """The summary as markdown; sentences stand below the table, whose cells Prefect's page would cut."""
    lines = {
        "Run": outcome.run_id or "a dry run, nothing was written",
        "Subjects": f"{outcome.subjects:,}",
        "Rows that would be written" if outcome.dry_run else "Rows written": f"{outcome.rows_written:,}",
        "Rows rejected": f"{outcome.rows_rejected:,}",
        "Serves": outcome.served,
        "Took": f"{outcome.seconds:.1f} s",
    }
    parts = [f"# {plain_text(outcome.product)}, as of {outcome.as_of}", _table(("", ""), lines)]
    parts += [f"**Decision.** {plain_text(outcome.decision)}"] if outcome.decision else []
    parts += ["**Notes**", "\n".join(f"- {plain_text(note)}" for note in outcome.notes)] if outcome.notes else []
    if outcome.scores:
        parts += ["**Evaluated on the past**", _table(("score", "value"), _explained(outcome.scores))]
    return "\n\n".join(parts)


def _explained(scores: dict[str, float]) -> dict[str, str]:
    means = {name: f" ({meaning(name)})" if meaning(name) else "" for name in scores}
    return {f"{name}{means[name]}": f"{score:.4g}" for name, score in scores.items()}


def _table(heading: tuple[str, str], cells: dict[str, str]) -> str:
    rows = [f"| {plain_text(name)} | {plain_text(value)} |" for name, value in cells.items()]
    return "\n".join([f"| {heading[0]} | {heading[1]} |", "|---|---|", *rows])
