from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.next_visit.data.customer_base import CustomerBase
from tests.models.next_visit.reference import START, Days, base_of, history_of, shops, visit_days


@given(shops(), st.integers(START - 5, START + 410), st.integers(0, 100))
def test_only_what_was_known_before_the_as_of_is_there(shop: list[Days], as_of: int, earlier: int) -> None:
    base = base_of(shop, as_of)
    past = base.before(as_of - earlier)
    for known, day in ((base, as_of), (past, as_of - earlier)):
        assert (known.as_of, known.customers) == (day, len(shop))
        assert known.history.visit_days.tolist() == [len(visit_days(days, day)) for days in shop]
        assert known.rows.customer.tolist() == [code for code, days in enumerate(shop) if visit_days(days, day)]


def test_a_slice_keeps_the_as_of() -> None:
    part = base_of([[START], [START, START + 1], []], START + 5).slice(1, 3)
    assert (part.as_of, part.history.visit_days.tolist()) == (START + 5, [2, 0])


def test_what_is_shared_is_computed_once_for_each_base() -> None:
    calls: list[str] = []

    def compute(name: str) -> str:
        calls.append(name)
        return name

    base, other = (CustomerBase.at(history_of([[START]]), START + 1) for _ in range(2))
    for known in (base, base, other):
        assert known.once("a", lambda: compute("a")) == "a"
    assert base.once(("b", 1), lambda: compute("b")) == "b"
    assert calls == ["a", "a", "b"]
