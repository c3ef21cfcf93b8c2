"""Numbers such as -999 and 99999 among sales and amounts, which may stand for "unknown".

They are read as numbers, since nobody can tell: a shop may truly sell 99,999 pieces once. Settings name those that are
unknown. Covariates are different, see `models.sales.data.covariate_values`.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.sales.data.covariate_values import FEWEST, NEGATIVE_MARKS, POSITIVE_MARKS
from nightcast.values import Product, counted
from sql.source.lookup import listed
from tasks.night import Known, Model, Night, SourceRows
from tasks.product import ProductSteps

LEAST_POSITIVE = 999
"""Smaller marks, such as 99, are usual numbers of sales and amounts."""

FAR = 10.0
"""Multiples of the largest other size from which on a mark is far away."""

Numbers = NDArray[np.float64]


def point_out_marks(night: Night, product: ProductSteps[Known, Model], rows: SourceRows) -> None:
    """Warn about marks that are far from all other numbers of their series, or of all amounts."""
    if product.name == Product.VISIT_COUNTS:
        return  # counts of our own
    are_sales = product.name == Product.SALES
    code = rows.code if are_sales else None
    is_mark = unlikely_marks(code, rows.value)
    if not is_mark.any():
        return
    marks, number = np.unique(rows.value[is_mark], return_counts=True)
    named = ", ".join(f"{mark:.16g} ({counted(rows, 'row')})" for mark, rows in zip(marks, number, strict=True))
    where = ""
    if code is not None:
        where = f" in {listed(rows.ids.take(pa.array(np.unique(code[is_mark]))).to_pylist())}"
    what = "sales" if are_sales else "amounts"
    night.warn(
        f"{what} of {named}{where} are read as numbers, and may mean unknown; if they do, set "
        f"[source.{product.source}] unknown_values = [{', '.join(f'{mark:.16g}' for mark in marks)}]"
    )


def unlikely_marks(code: NDArray[np.int32] | None, value: Numbers) -> NDArray[np.bool_]:
    """Which values are marks: far from everything else, or negative where nothing else is.

    Args:
        code: the group of each value, (n,); values are compared with those of their group. None: all are of one.
        value: NaN is unknown, (n,).
    """
    is_negative = np.isin(value, NEGATIVE_MARKS)
    is_candidate = is_negative | np.isin(value, [mark for mark in POSITIVE_MARKS if mark >= LEAST_POSITIVE])
    if not is_candidate.any():
        return is_candidate
    is_usual = ~is_candidate & ~np.isnan(value)
    if code is None:
        usual, group = value[is_usual], np.zeros(np.count_nonzero(is_candidate), dtype=np.int64)
        least, most = np.array([usual.min(initial=np.inf)]), np.array([np.abs(usual).max(initial=0.0)])
        enough = np.array([usual.size >= FEWEST])
    else:
        groups, group = np.unique(code[is_candidate], return_inverse=True)
        is_usual &= np.isin(code, groups)
        usual, of_group = value[is_usual], np.searchsorted(groups, code[is_usual])
        least, most = np.full(len(groups), np.inf), np.zeros(len(groups))
        np.minimum.at(least, of_group, usual)
        np.maximum.at(most, of_group, np.abs(usual))
        enough = np.bincount(of_group, minlength=len(groups)) >= FEWEST
    far = np.abs(value[is_candidate]) > FAR * most[group]
    far |= is_negative[is_candidate] & (least[group] >= 0)
    found = np.zeros(len(value), dtype=np.bool_)
    found[is_candidate] = far & enough[group]
    return found
