"""Texts that stand for an unknown value, as databases, spreadsheets and statistics programs write them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

UNKNOWN_MARKS = (
    *(r"\n", "null", "(null)", "<null>", "na", "n.a.", "n/a", "#n/a", "<na>", "nan", "nat", "none", "nil", "?"),
    *("missing", "undefined", "unknown"),
)
"""In lower case; upper case means the same."""

_DASHES = ("-", "--", "---", "\u2013", "\u2014", "\u2212")


def is_unknown_mark(texts: pa.Array, *, also_empty: bool = True) -> NDArray[np.bool_]:
    """Which texts say that a value is not known, shape (n,): empty ones, dashes, and `UNKNOWN_MARKS` in any case.

    Args:
        texts: shape (n,); null counts as empty.
        also_empty: whether empty texts count.
    """
    marks = pa.array([*UNKNOWN_MARKS, *_DASHES, *([""] if also_empty else [])], texts.type)
    plain = pc.utf8_lower(pc.utf8_trim_whitespace(texts)).fill_null("")
    found: NDArray[np.bool_] = np.asarray(pc.is_in(plain, value_set=marks))
    return found
