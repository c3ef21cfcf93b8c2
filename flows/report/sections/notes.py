"""What the night noted."""

from __future__ import annotations

from flows.report import words
from flows.report.blocks import Part, Remark
from flows.report.read import Findings
from flows.report.sections.ran import failures


def notes(findings: Findings) -> Part:
    """The failures and warnings of the newest runs."""
    part = Part("notes", "What the night noted")
    for failed in failures(findings):
        label = f"{words.NAMES[failed.product]}, as of {words.date(failed.as_of)}: {failed.status}"
        part.blocks.append(Remark(label, words.sentence(failed.error or "No reason is known"), "poor"))
    for product, name in words.NAMES.items():
        run = findings.shown.get(product)
        lines = (run.notes or "").splitlines() if run is not None else []
        part.blocks.extend(Remark(name, words.sentence(line), "watch") for line in lines if line.strip())
        if run is not None and run.rows_rejected:
            rejected = (
                f"{run.rows_rejected:,} rows of the source could not be used: `nightcast show rejected` says why."
            )
            part.blocks.append(Remark(name, rejected, "watch"))
    if part.blocks:
        return part
    return Part(
        "notes", part.title, "Nothing: no warning, no rejected row." if findings.shown else "No night has run yet."
    )
