"""Everything that a night points out about the rows of its source; `doctor` and `plan` say the same."""

from __future__ import annotations

from tasks.doubts.identifiers import point_out_identifiers
from tasks.doubts.marks import point_out_marks
from tasks.doubts.repeats import point_out_repeats
from tasks.night import Known, Model, Night, SourceRows
from tasks.product import ProductSteps


def point_out(night: Night, product: ProductSteps[Known, Model], rows: SourceRows) -> None:
    """Warn about what is read as it stands, and may be meant otherwise.

    Args:
        night: takes the warnings.
        product: the product of the source.
        rows: its usable rows, at least one.
    """
    point_out_identifiers(night, product, rows)
    point_out_marks(night, product, rows)
    point_out_repeats(night, product, rows)
