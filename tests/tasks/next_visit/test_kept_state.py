"""What nights keep: never used where it is damaged, foreign or of other settings, and lost by no kill."""

from __future__ import annotations

import datetime
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tasks.next_visit.kept.changes as changes
import tasks.next_visit.kept.stored as stored
from nightcast.errors import UnavailableError
from sql.engine import Database
from sql.ledger.pruning import Keep
from sql.settings import VisitSource
from sql.source.fingerprints.kept import kept_parts
from tasks.next_visit.kept.stored import forget_kept
from tasks.upkeep.housekeeping import prune
from tests.tasks.next_visit.kept_nights import CHANGING, full_night, kept_night, require_equal, said, spoilt
from tests.tasks.nights import CLOCK, fill_visits, rows_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

DAY = datetime.timedelta(days=1)
ROWS = [(f"c{day % 7}", f"2024-04-{day:02}", None) for day in range(1, 31) for _ in range(3)]
TYPES = {"customer_id": sa.Text, "visited_at": sa.Text, "amount": sa.Double}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A folder of the test's own."""
    return tmp_path / "store"


@pytest.fixture
def shop(database: Database) -> Database:
    """A source of ninety rows of thirty days."""
    table = sa.Table("visits", sa.MetaData(), *(sa.Column(name, kind) for name, kind in TYPES.items()))
    with database.write() as connection:
        table.create(connection)
    add(database, *ROWS)
    return database


def add(database: Database, *rows: tuple[Any, Any, Any]) -> None:
    fill_visits(database, *rows)


def execute(database: Database, *statements: str) -> None:
    with database.write() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def folders(store: Path) -> set[str]:
    return {path.name for path in store.iterdir()} if store.exists() else set()


def named(database: Database) -> set[str]:
    return {part.artifact for part in kept_parts(database)}


def test_a_change_is_kept_beside_the_base(shop: Database, store: Path) -> None:
    assert require_equal(shop, store) == 90
    assert [part.part for part in kept_parts(shop)] == ["base"]
    base = named(shop)
    add(shop, ("late", "2024-04-03", None))
    assert require_equal(shop, store) == 4
    assert [part.part for part in kept_parts(shop)] == ["base", "recent"]
    assert base < named(shop) == folders(store)
    before = named(shop)
    assert require_equal(shop, store) == 0
    assert named(shop) == before  # nothing is written where nothing has changed
    execute(shop, "DELETE FROM visits WHERE customer_id = 'late'")
    assert require_equal(shop, store) == 0  # the base has the day as it was
    assert "late" not in full_night(shop)[1].ids.to_pylist()


def test_much_that_is_recent_becomes_the_base(shop: Database, store: Path) -> None:
    require_equal(shop, store)
    base = named(shop)
    for day in range(1, 5):
        add(shop, (f"new{day}", f"2024-04-{day:02}", None))
        assert require_equal(shop, store) == 4
    assert next(part.part for part in kept_parts(shop)) == "base"
    assert not base & named(shop)
    assert named(shop) == folders(store)
    assert require_equal(shop, store) == 0


def test_a_customer_without_a_row_is_gone(shop: Database, store: Path) -> None:
    add(shop, ("once", "2024-04-10", None))
    require_equal(shop, store)
    execute(shop, "DELETE FROM visits WHERE customer_id = 'once'")
    require_equal(shop, store)
    execute(shop, "DELETE FROM visits WHERE visited_at < '2024-04-20'")
    require_equal(shop, store)
    execute(shop, "DELETE FROM visits")
    _, rows = kept_night(shop, store)
    assert (rows.rows_read, len(rows.ids), len(rows.code)) == (0, 0, 0)


def test_rows_after_the_clock_are_judged_by_each_night(shop: Database, store: Path) -> None:
    add(shop, ("booked", "2024-06-02 10:00:00", None), ("c1", "2024-06-02 11:00:00", None))
    for future in ("reject", "known"):
        for days in (0, 1, 2, 3):
            require_equal(shop, store, clock=CLOCK + days * DAY, visits=VisitSource(future=future))
    assert "booked" in kept_night(shop, store, clock=CLOCK + 2 * DAY)[1].ids.to_pylist()


def test_an_as_of_of_long_ago_is_read_from_what_is_kept(shop: Database, store: Path) -> None:
    require_equal(shop, store)
    as_of = datetime.date(2024, 4, 11)
    assert require_equal(shop, store, as_of=as_of) == 0
    assert len(kept_night(shop, store, as_of=as_of)[1].code) == 30


def test_days_long_before_all_others_come_and_go(shop: Database, store: Path) -> None:
    require_equal(shop, store)
    add(shop, ("c1", "1900-01-01", None), ("old", "1900-01-01", None))
    require_equal(shop, store)
    assert "old" not in kept_night(shop, store)[1].ids.to_pylist()
    for year in range(1901, 2024, 5):
        add(shop, ("old", f"{year}-05-05", None))
    require_equal(shop, store)
    assert "old" in kept_night(shop, store)[1].ids.to_pylist()


@pytest.mark.parametrize("name", ["visits.arrow", "ids.arrow", "partitions.json", "manifest.json", "all"])
def test_damage_means_a_full_reading(shop: Database, store: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    require_equal(shop, store)
    (artifact,) = named(shop)
    if name == "all":
        shutil.rmtree(store / artifact)
    else:
        spoilt(store / artifact / name)
    with caplog.at_level(logging.INFO, "nightcast"):
        assert require_equal(shop, store) == 90
    assert "missing or damaged" in caplog.text
    assert require_equal(shop, store) == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"timezone": "Asia/Tokyo"},
        {"visits": VisitSource(timezone="Asia/Tokyo")},
        {"visits": VisitSource(exclude_customers=("c1",))},
        {"visits": VisitSource(query="SELECT * FROM visits WHERE customer_id <> 'c1'")},
        {"clock": CLOCK - DAY},
    ],
)
def test_other_settings_mean_a_full_reading(shop: Database, store: Path, changed: dict[str, Any]) -> None:
    require_equal(shop, store)
    night = kept_night(shop, store, keep=False, **changed)[0]
    assert night.rows_anew == full_night(shop, **changed)[1].rows_read
    require_equal(shop, store, **changed)
    assert require_equal(shop, store, **changed) == 0


def test_another_version_means_a_full_reading(shop: Database, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_equal(shop, store)
    monkeypatch.setattr(changes, "__version__", "another")
    assert require_equal(shop, store) == 90


def test_an_artifact_that_is_not_the_one_of_the_row_is_not_used(shop: Database, store: Path) -> None:
    """A store may be shared, and a database may be an older copy."""
    require_equal(shop, store)
    execute(shop, "UPDATE kept_visits SET sha256 = 'of another one'")
    assert require_equal(shop, store) == 90
    execute(shop, "UPDATE kept_visits SET artifact = '../store/elsewhere'")
    assert kept_night(shop, store, keep=False)[0].rows_anew == 90


KILLS = ["while it is written", "before the row", "before the older ones are removed"]


class KilledError(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("moment", KILLS)
@pytest.mark.parametrize("part", ["base", "recent"])
def test_a_kill_leaves_the_older_state_or_the_new_one(
    shop: Database, store: Path, monkeypatch: pytest.MonkeyPatch, moment: str, part: str
) -> None:
    if part == "recent":
        require_equal(shop, store)
        add(shop, ("late", "2024-04-03", None))
        require_equal(shop, store)
        add(shop, ("later", "2024-04-03", None))
    before = named(shop)

    def killed(*_arguments: Any) -> None:
        raise KilledError

    place = {KILLS[0]: "_move", KILLS[1]: "switch_part", KILLS[2]: "remove_artifact"}[moment]
    with monkeypatch.context() as patch:
        patch.setattr(stored, place, killed)
        if moment == KILLS[2] and part == "base":
            kept_night(shop, store)  # there is nothing older
        else:
            with pytest.raises(KilledError):
                kept_night(shop, store)
    assert named(shop) <= folders(store)
    if moment != KILLS[2]:
        assert named(shop) == before
    require_equal(shop, store)
    later = datetime.datetime.now(datetime.UTC) + 3 * DAY
    list(prune(shop, str(store), Keep(None), later, dry_run=False, report=lambda _line: None))
    assert folders(store) == named(shop)
    assert require_equal(shop, store) == 0


def test_forgetting_removes_what_is_kept(shop: Database, store: Path) -> None:
    require_equal(shop, store)
    add(shop, ("late", "2024-04-03", None))
    require_equal(shop, store)
    assert forget_kept(shop, str(store)) == 90 + 4
    assert (folders(store), kept_parts(shop)) == (set(), [])
    assert forget_kept(shop, str(store)) == 0
    assert require_equal(shop, store) == 91


def test_a_night_does_not_keep_again_what_was_forgotten_meanwhile(shop: Database, store: Path) -> None:
    require_equal(shop, store)
    add(shop, ("late", "2024-04-03", None))
    night, _ = kept_night(shop, store, keep=False)
    forget_kept(shop, str(store))
    assert night.afterwards is not None
    night.afterwards()
    assert (folders(store), kept_parts(shop)) == (set(), [])


def test_a_dry_night_reads_what_is_kept_and_keeps_nothing(shop: Database, store: Path) -> None:
    from nightcast.values import Product
    from tests.tasks.nights import night_of

    def dry() -> Any:
        night = night_of(shop, Product.NEXT_VISIT, store=store, next_visit=CHANGING)
        rows = rows_of(night)
        assert night.afterwards is None
        return night, rows

    assert dry()[0].rows_anew is None
    require_equal(shop, store)
    add(shop, ("late", "2024-04-03", None))
    before = named(shop)
    night, rows = dry()
    assert night.rows_anew == 4
    assert said(night, rows) == said(*full_night(shop))
    assert named(shop) == before == folders(store)


def test_numbers_that_are_texts_are_read_in_full(shop: Database, store: Path, caplog: pytest.LogCaptureFixture) -> None:
    require_equal(shop, store)
    execute(shop, "INSERT INTO visits VALUES ('c1', '2024-04-02', '1.020'), ('c1', '2024-04-05', '12.5x')")
    with caplog.at_level(logging.INFO, "nightcast"):
        assert require_equal(shop, store) is None
    assert "all rows of the source are read: its numbers are texts" in caplog.text


def test_many_unreadable_rows_are_read_in_full(shop: Database, store: Path) -> None:
    require_equal(shop, store)
    add(shop, ("c1", "someday", None), ("c1", None, None), (None, "2024-04-02", None))
    assert require_equal(shop, store) is None
    assert require_equal(shop, store) is None


def test_a_failure_to_keep_is_none_of_the_night(shop: Database, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.night.tidying import keep_for_next_night

    night, _ = kept_night(shop, store, keep=False)

    def full(*_arguments: Any) -> str:
        raise UnavailableError("The model store cannot be written to.", "Free space.")

    monkeypatch.setattr(stored, "save_artifact", full)
    keep_for_next_night(night)
    assert len(night.notes) == 1
    assert "could not be kept" in night.notes[0]
    assert kept_parts(shop) == []


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["add", "change", "move", "remove", "double"]),
        st.integers(0, 40),
        st.sampled_from(["2024-04-05", "2024-04-30", "2024-05-31 23:30:00", "2024-06-01", "2024-06-09", "1900-01-01"]),
        st.sampled_from([None, 1, 2.5]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights=st.lists(EDITS, min_size=1, max_size=3))
def test_any_edits_come_to_what_a_full_reading_comes_to(shop: Database, store: Path, nights: Any) -> None:
    for edits in nights:
        for what, number, moment, amount in edits:
            with shop.write() as connection:
                connection.execute(sa.text(STATEMENTS[what]), {"n": number, "moment": moment, "amount": amount})
        require_equal(shop, store)


STATEMENTS = {
    "add": "INSERT INTO visits VALUES ('c' || :n, :moment, :amount)",
    "change": "UPDATE visits SET amount = :amount, customer_id = 'd' || :n WHERE rowid % 41 = :n AND :moment <> ''",
    "move": "UPDATE visits SET visited_at = :moment WHERE rowid % 41 = :n AND (:amount IS NULL OR TRUE)",
    "remove": "DELETE FROM visits WHERE rowid % 41 = :n AND :moment <> '' AND (:amount IS NULL OR TRUE)",
    "double": "INSERT INTO visits SELECT * FROM visits WHERE rowid % 41 = :n AND :moment <> '' AND "
    "(:amount IS NULL OR TRUE)",
}


def test_moments_of_every_type_are_read_alike(shop: Database, store: Path) -> None:
    """SQLite types values, and no columns."""
    add(shop, *((f"c{number}", f"2024-03-{1 + number % 30:02}", None) for number in range(600)))
    strange = ("20240105", "20240106.0", "X'323032342D30342D3035'", "''", "' 2024-04-05'", "'2024-W15'", "'2024-4-5'")
    for value in strange:
        execute(shop, f"INSERT INTO visits VALUES (5, {value}, 1), ('c2', {value}, 2.5)")
        require_equal(shop, store)
        assert (require_equal(shop, store) or 0) <= 20
    execute(shop, "UPDATE visits SET visited_at = CAST(visited_at AS BLOB) WHERE visited_at = '2024-04-07'")
    require_equal(shop, store)
