"""Which tables can be visits: rows of who came when, where many come more than once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tasks.proposing import words
from tasks.proposing.columns import Column
from tasks.proposing.proposal import Look, Proposal

LEAST = 4.5
"""The score from which on a table is proposed."""

FEW = 20
"""Rows of a sample from which on it says something about repeats."""

MANY = 1_000
"""Rows of a sample from which on the table may have more."""

_LONG_LIFE = 40 * 365
"""Days: longer than this no shop has been counting."""


def visits_in(look: Look) -> Proposal | None:
    """The proposal that a table holds visits, if it can."""
    customers = _best(look, lambda column: customer_score(look, column))
    moments = _best(look, moment_score)
    if not customers or not moments or not look.rows:
        return None
    (who, customer), (when, moment) = customers[0], moments[0]
    amounts = [(score, column) for score, column in _best(look, amount_score) if column.name != customer.name]
    columns = {"customer_id": customer.name, "visited_at": moment.name}
    columns |= {"amount": amounts[0][1].name} if amounts else {}
    score = who + when + table_score(look, words.VISIT_TABLES, words.LINE_TABLES) + (0.5 if amounts else 0.0)
    if score < LEAST:
        return None
    reasons = (*_table_reasons(look), *_customer_reasons(look, customer), *_moment_reasons(moment))
    hints = [*_others("customer", customers), *_others("moment", moments), *_moment_hints(moment), *state_hints(look)]
    hints += [*_address_hints(customer)]
    settings = {"future": '"known"'} if moment.ahead > 0.01 else {}
    return Proposal("visits", look, columns, score, reasons, tuple(hints), groups_in(look, customer.name), settings)


def customer_score(look: Look, column: Column) -> float:
    """How likely a column holds customers; 0 and below: it does not."""
    if column.is_moment or column.filled < 0.5 or (column.is_number and not column.is_whole):
        return 0.0
    if frozenset({column.name}) in look.unique or (column.is_alone and column.rows >= FEW):
        return 0.0  # one row per customer is no list of visits
    if column.distinct < 3 or (column.distinct < 10 and column.rows >= 200):
        return 0.0
    score = 4.0 if words.says(column.name, words.CUSTOMER) else 0.0
    score -= 4.0 if not score and words.says(column.name, words.NO_CUSTOMER) else 0.0
    if column.is_address:
        score = score - 0.6 if score > 0 else 2.5  # of shops that know customers by nothing else
    elif words.says(column.name, ["name", "vorname", "nom", "email", "mail"]):
        score -= 3.0
    refers = look.references.get(column.name, "")
    score += 3.0 if words.says(refers, words.CUSTOMER) else 0.5 if refers else 0.0
    return score


def rare_customer(look: Look) -> str | None:
    """The column that would hold the customers, if some of them came again in more rows than the sample has."""
    alone = [one for one in look.columns.values() if one.is_alone and frozenset({one.name}) not in look.unique]
    known = [one for one in alone if words.says(one.name, words.CUSTOMER) or one.is_address]
    if look.rows < MANY or not known or not any(map(moment_score, look.columns.values())):
        return None
    return max(known, key=lambda one: bool(words.says(one.name, words.CUSTOMER))).name


def moment_score(column: Column) -> float:
    """How likely a column tells when somebody came."""
    if not column.is_moment or column.filled < 0.8 or (column.distinct < 2 and column.rows >= FEW):
        return 0.0
    if column.last - column.first > _LONG_LIFE:
        return 0.0  # dates of birth
    bad = words.says(column.name, words.NO_MOMENT)
    return (
        (0.3 if bad else 1.0)
        + (1.5 if not bad and words.says(column.name, words.MOMENT) else 0.0)
        + column.is_timed * 0.3
        + (0.2 if not bad and words.says(column.name, words.BEGIN) else 0.0)
    )


def amount_score(column: Column) -> float:
    """How likely a column holds what was spent."""
    if not column.is_number or column.distinct < 2 or words.says(column.name, words.NO_AMOUNT):
        return 0.0
    if not words.says(column.name, words.AMOUNT):
        return 0.0
    is_whole_sum = words.says(
        column.name, ["total", "sum", "summe", "gesamt", "montant", "amount", "betrag", "importe"]
    )
    return 1.0 + (0.5 if is_whole_sum else 0.0) + (0.0 if column.is_whole else 0.3)


def table_score(look: Look, good: Sequence[str], bad: Sequence[str]) -> float:
    """What the name of a table says."""
    score = 2.0 if words.says(look.own_name, good) else 0.0
    score -= 3.0 if words.says(look.own_name, words.NO_TABLES) else 0.0
    return score - (1.5 if words.says(look.own_name, bad) else 0.0)


def groups_in(look: Look, subject: str) -> tuple[str, ...]:
    """The columns that divide the rows into few parts, as stores do."""
    return tuple(
        column.name
        for column in look.columns.values()
        if column.name != subject
        and words.says(column.name, words.GROUPS)
        and 2 <= column.distinct <= 100
        and column.filled > 0.95
        and not column.is_moment
    )[:2]


def state_hints(look: Look) -> Iterator[str]:
    """A hint where some rows have been cancelled."""
    for column in look.columns.values():
        if column.distinct <= 20 and not column.is_number and not column.is_moment:
            held = [str(value) for value in column.values.unique().to_pylist()]
            bad = [value for value in held if any(mark in value.lower() for mark in words.CANCELLED)]
            if bad:
                yield (
                    f"{column.name} has {' and '.join(map(repr, sorted(bad)[:3]))}: such rows count, too, unless a "
                    "view or a query leaves them out"
                )


def _best(look: Look, score: object) -> list[tuple[float, Column]]:
    scored = [(score(column), column) for column in look.columns.values()]  # type: ignore[operator]
    return sorted([pair for pair in scored if pair[0] > 0], key=lambda pair: -pair[0])


def _others(what: str, scored: list[tuple[float, Column]]) -> Iterator[str]:
    (best, chosen), *others = scored
    near = [column.name for score, column in others if best - score < 0.5]
    if near:
        yield f"the {what} could also be {' or '.join(near[:3])}; {chosen.name} was as likely"


def _table_reasons(look: Look) -> Iterator[str]:
    if words.says(look.own_name, words.VISIT_TABLES):
        yield f"its name speaks of {words.says(look.own_name, words.VISIT_TABLES)}"


def _customer_reasons(look: Look, customer: Column) -> Iterator[str]:
    refers = look.references.get(customer.name)
    if refers:
        yield f"{customer.name} refers to {refers}"
    elif words.says(customer.name, words.CUSTOMER):
        yield f"{customer.name} is named like a customer"
    rows, distinct = customer.repeats
    yield f"{distinct:,} different {customer.name} in {rows:,} rows, so that some come again"


def _moment_reasons(moment: Column) -> Iterator[str]:
    kind = "timestamps" if moment.is_timed else "dates"
    days = "" if moment.formats else f" from {_date(moment.first)} to {_date(moment.last)}"
    yield f"{moment.name} holds {kind}{days}"


def _moment_hints(moment: Column) -> Iterator[str]:
    if moment.is_timed and not moment.has_offset and not moment.formats:
        yield f"{moment.name} has no offset: set timezone to the zone in which it is written, if that is not UTC"
    if moment.ahead > 0.01:
        yield f"{moment.ahead:.0%} of {moment.name} lie ahead: they are taken as bookings (future = known)"


def _address_hints(customer: Column) -> Iterator[str]:
    if customer.is_address:
        yield (
            f"{customer.name} holds addresses of people, which will stand in Nightcast's tables, too: a view with a "
            "number in their place keeps them out"
        )


def _date(day: int) -> str:
    import datetime

    return str(datetime.date(1970, 1, 1) + datetime.timedelta(days=day))
