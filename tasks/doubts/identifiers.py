"""Identifiers that are kept apart as they are, and are probably not what is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nightcast.values import counted
from tasks.conversion.plausible import decimals, rounded, stands_for_nothing
from tasks.night import Known, Model, Night, SourceRows
from tasks.product import ProductSteps

MOST_NAMED = 5
"""Identifiers that one warning names."""

MOST_DECIMALS = 0.5
"""The share of identifiers that may end with ``.0`` without a warning."""

INVISIBLE = (
    r"[\x{00}-\x{08}\x{0E}-\x{1F}\x{7F}-\x{84}\x{86}-\x{9F}\x{AD}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}"
    r"\x{2060}-\x{2064}\x{FEFF}]"
)
"""Characters without a width: control characters, soft hyphens, joiners, marks of direction, byte order marks."""

SPACES = r"[\p{Z}\t\n\v\f\r\x{85}]+"


_CHANGES: Sequence[tuple[str, Callable[[pa.Array], pa.Array]]] = (
    ("the form of accents", lambda texts: pc.utf8_normalize(texts, form="NFC")),
    ("invisible characters", lambda texts: pc.replace_substring_regex(texts, INVISIBLE, "")),
    ("white space", lambda texts: pc.utf8_trim(pc.replace_substring_regex(texts, SPACES, " "), " ")),
    ("full-width or other forms of letters", lambda texts: pc.utf8_normalize(texts, form="NFKC")),
)
"""What makes texts differ that look alike, and how it is removed."""


def point_out_identifiers(night: Night, product: ProductSteps[Known, Model], rows: SourceRows) -> None:
    """Warn about identifiers that stand for nobody, that a program has changed, or that only look alike."""
    _point_out_placeholders(night, product, rows)
    _point_out_decimals(night, product, rows)
    _point_out_rounded(night, product, rows)
    _point_out_look_alikes(night, product, rows)


def _point_out_placeholders(night: Night, product: ProductSteps[Known, Model], rows: SourceRows) -> None:
    """Warn about identifiers such as ``NULL``, which stand for rows of many subjects, or of none."""
    places = np.flatnonzero(stands_for_nothing(rows.ids))[:MOST_NAMED]
    if not len(places):
        return
    counts = np.bincount(rows.code, minlength=len(rows.ids))
    pairs = zip(rows.ids.take(places).to_pylist(), counts[places].tolist(), strict=True)
    named = ", ".join(f"{name!r} ({counted(number, 'row')})" for name, number in pairs)
    night.warn(f"probably no {product.subject}, but the mark of a missing one: {named}; {product.to_exclude}")


def _point_out_decimals(night: Night, product: ProductSteps[Known, Model], rows: SourceRows) -> None:
    """Warn if most identifiers end with ``.0``: such texts are kept as they are, and may not be what is meant."""
    number = int(np.count_nonzero(decimals(rows.ids)))
    if number > MOST_DECIMALS * len(rows.ids):
        night.warn(
            f"{number:,} of {len(rows.ids):,} {product.source} identifiers are texts like '17850.0', probably of whole "
            "numbers; they stay as they are, and [source] settings and other tables have to write them so"
        )


def _point_out_rounded(night: Night, product: ProductSteps[Known, Model], rows: SourceRows) -> None:
    """Warn about identifiers of which a spreadsheet has kept a few digits: several subjects have become one."""
    names = rows.ids.filter(pa.array(rounded(rows.ids))).to_pylist()
    if names:
        night.warn(
            f"{counted(len(names), 'identifier')} of {product.source} were rounded, probably by a spreadsheet, such as "
            f"{names[0]!r}: rows of several may count as one; export them again as texts"
        )


def _point_out_look_alikes(night: Night, product: ProductSteps[Known, Model], rows: SourceRows) -> None:
    """Warn about identifiers that people cannot tell apart; they stay apart."""
    found = [f"{number:,} by {what}" for what, number in look_alikes(rows.ids) if number]
    if found:
        night.warn(
            f"{product.source} identifiers that differ from another one only {', '.join(found)} stay apart; if they "
            f"mean the same {product.subject}, let a query in [source.{product.source}] write them alike"
        )


def look_alikes(ids: pa.Array) -> Iterator[tuple[str, int]]:
    """How many identifiers look like another one, by what differs; each is counted once.

    Args:
        ids: different texts, (n,).
    """
    before, texts_before = len(ids), ids
    for what, texts in _alike(ids):
        # Most identifiers are plain numbers, of which nothing is removed.
        after = before if texts is texts_before else pc.count_distinct(texts).as_py()
        yield what, before - after
        before, texts_before = after, texts


def _alike(texts: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    """The texts, with one difference after the other removed."""
    odd = pc.match_substring_regex(texts, r"[^!-~]")  # few, or none: only these can differ otherwise than by case
    strange = texts.filter(odd)
    for what, changed in _CHANGES:
        if len(strange):
            strange = changed(strange)
            texts = pc.replace_with_mask(texts, odd, strange)
        yield what, texts
    lowered = pc.utf8_lower(texts)
    texts = texts if lowered.equals(texts) else lowered
    yield "upper and lower case", texts
    has_zero = pc.any(pc.starts_with(texts, "0")).as_py()
    yield "leading zeros", pc.replace_substring_regex(texts, r"^0+([0-9]+)$", r"\1") if has_zero else texts
