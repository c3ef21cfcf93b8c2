"""Settings of the database and of the source tables."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, ConfigDict, Field, FiniteFloat, SecretStr, field_validator, model_validator

from nightcast.validation import Section


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone; use an IANA name such as 'Europe/Zurich' or 'UTC'") from error
    return name


TimezoneName = Annotated[str, AfterValidator(_known_timezone)]
"""An IANA time zone name that this machine knows."""

ColumnName = Annotated[str, Field(min_length=1)]


class _Section(Section):
    model_config = ConfigDict(populate_by_name=True)


class DatabaseSettings(_Section):
    """The ``[database]`` section."""

    url: SecretStr = Field(
        SecretStr("sqlite:///nightcast.db"),
        description="SQLAlchemy URL of the database, or prefect-secret:BLOCK for a Prefect secret block.",
    )
    schema_name: str = Field(
        "nightcast", alias="schema", min_length=1, description="Schema of Nightcast's tables, on PostgreSQL."
    )


class _Source(_Section):
    """A table, a view or a query to read; exactly one of them."""

    table: str | None = None
    query: str | None = Field(None, description="A SELECT to read instead of `table`.")

    @model_validator(mode="after")
    def _table_or_query(self) -> _Source:
        if self.query is not None and "table" in self.model_fields_set and self.table is not None:
            raise ValueError("both `table` and `query` are set; keep one of them")
        return self


class _FreshSource(_Source):
    """A source that is expected to grow every day."""

    stale_after_days: int = Field(
        7, ge=0, description="Data are stale if their newest row is more than this many days before the as-of."
    )
    when_stale: Literal["warn", "refuse"] = Field("warn", description="What to do with stale data: warn or refuse.")
    unknown_values: tuple[FiniteFloat, ...] = Field(
        (), description="Amounts or values such as -999 or 99999 that mean unknown in this source."
    )


class VisitColumns(_Section):
    """The columns of the visits."""

    customer_id: ColumnName = Field("customer_id", description="Column of the customer's identifier.")
    visited_at: ColumnName = Field("visited_at", description="Column of the visit's date or timestamp.")
    amount: ColumnName = Field(
        "amount", description="Column of the amount, up to 1e15; optional under its default name."
    )


class VisitSource(_FreshSource):
    """The ``[source.visits]`` section."""

    table: str | None = Field("visits", description="Table or view of the visits.")
    timezone: TimezoneName = Field("UTC", description="Time zone of timestamps without an offset.")
    columns: VisitColumns = Field(VisitColumns(), description="The columns of the visits.")
    exclude_customers: tuple[str, ...] = Field(
        (), description="Identifiers that are not customers, such as walk-ins and guests."
    )
    groups: Annotated[tuple[ColumnName, ...], Field(max_length=5)] = Field(
        (), description="Columns such as store: visits per day are also forecast for each of their values."
    )
    future: Literal["reject", "known"] = Field(
        "reject", description="Rows after the clock: reject them, or known, they are bookings."
    )


class SalesColumns(_Section):
    """The columns of the sales."""

    series_id: ColumnName = Field("series_id", description="Column of the series' identifier.")
    period: ColumnName = Field("period", description="Column of the period's date.")
    value: ColumnName = Field("value", description="Column of the value, up to 1e15; null means unknown.")


Frequency = Literal[
    "auto",
    "D",
    "B",
    "W",
    "W-MON",
    "W-TUE",
    "W-WED",
    "W-THU",
    "W-FRI",
    "W-SAT",
    "W-SUN",
    "WS",
    "WE",
    "MS",
    "ME",
    "QS",
    "QE",
    "YS",
    "YE",
]


LEVELS = ("series", "all")
"""The levels of totals that need no column."""


class SalesSource(_FreshSource):
    """The ``[source.sales]`` section."""

    table: str | None = Field("sales", description="Table or view of the sales.")
    columns: SalesColumns = Field(SalesColumns(), description="The columns of the sales.")
    groups: tuple[ColumnName, ...] = Field(
        (), description="Columns by whose values series are added up, such as the store and the category."
    )
    frequency: Frequency = Field(
        "auto",
        description="Distance between periods: D, B, W, W-MON to W-SUN, WS, WE, MS, ME, QS, QE, YS, YE; auto: the "
        "data's own. S labels them by their first day or business day, E by their last; W-MON by the first, W-TUE to "
        "W-SUN by the last; W takes from the data which it is.",
    )
    missing: Literal["auto", "zero", "unknown", "error"] = Field(
        "auto", description="What an absent row means; auto: zero in series with many gaps, else unknown."
    )
    duplicates: Literal["auto", "sum", "mean", "greatest", "error"] = Field(
        "auto",
        description="What several rows of one series and period mean: their sum, mean or greatest value, or an error; "
        "auto: the greatest value, an error if the rows of more than 1 in 100 periods differ.",
    )

    @field_validator("groups")
    @classmethod
    def _no_level_of_totals(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name in LEVELS:
                raise ValueError(f"a column {name!r} cannot be a group: it is a level of totals anyway")
            if names.count(name) > 1:
                raise ValueError(f"{name!r} is listed twice")
        return names

    @field_validator("duplicates", mode="before")
    @classmethod
    def _no_order_of_rows(cls, value: object) -> object:
        if value == "last":
            raise ValueError("'last' is no longer possible, since no database keeps the order of rows; set 'auto'")
        return value


class CovariateColumns(_Section):
    """The columns of the covariates."""

    series_id: ColumnName = Field(
        "series_id",
        description="Column of the series' identifier, of sales, or of visits per day such as all or store=north; "
        "null: every series of both.",
    )
    period: ColumnName = Field("period", description="Column of the period's date.")
    name: ColumnName = Field("name", description="Column of the covariate's name.")
    value: ColumnName = Field("value", description="Column of the covariate's value, up to 1e15.")


class CovariateSource(_Source):
    """The ``[source.covariates]`` section."""

    table: str | None = Field(
        "sales_covariates",
        description="Table or view of the covariates of sales and visits per day; it may be missing.",
    )
    columns: CovariateColumns = Field(CovariateColumns(), description="The columns of the covariates.")


class SourceSettings(_Section):
    """The ``[source]`` section: the tables to read."""

    visits: VisitSource = VisitSource()
    sales: SalesSource = SalesSource()
    covariates: CovariateSource = CovariateSource()


Source = VisitSource | SalesSource | CovariateSource
"""The settings of one source."""

SourceName = Literal["visits", "sales", "covariates"]
"""A source by the name of its settings section."""
