"""Settings of the database and of the tables to read from it."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone; use an IANA name such as 'Europe/Zurich' or 'UTC'") from error
    return name


TimezoneName = Annotated[str, AfterValidator(_known_timezone)]
"""An IANA time zone name that this machine knows."""

ColumnName = Annotated[str, Field(min_length=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class DatabaseSettings(_Section):
    """The ``[database]`` section."""

    url: SecretStr = Field(SecretStr("sqlite:///nightcast.db"), description="SQLAlchemy URL of the database.")
    schema_name: str = Field(
        "nightcast", alias="schema", min_length=1, description="Schema of our tables, on databases that have schemas."
    )


class _Source(_Section):
    """A table, view or query that is read, exactly one of them."""

    table: str | None = None
    query: str | None = Field(None, description="A SELECT to read instead of a table.")

    @model_validator(mode="after")
    def _table_or_query(self) -> _Source:
        if self.query is not None and "table" in self.model_fields_set and self.table is not None:
            raise ValueError("both `table` and `query` are set; keep one of them")
        return self


class _FreshSource(_Source):
    """A source that ought to be filled every day."""

    stale_after_days: int = Field(7, ge=0, description="How many days before the as-of the newest data may end.")
    when_stale: Literal["warn", "refuse"] = Field("warn", description="What to do when it ends earlier.")


class VisitColumns(_Section):
    """Which column is which in the visits."""

    customer_id: ColumnName = "customer_id"
    visited_at: ColumnName = "visited_at"
    amount: ColumnName = "amount"


class VisitSource(_FreshSource):
    """The ``[source.visits]`` section."""

    table: str | None = "visits"
    timezone: TimezoneName = Field("UTC", description="Time zone of timestamps that name none.")
    columns: VisitColumns = VisitColumns()
    exclude_customers: tuple[str, ...] = Field((), description="Identifiers that are no customers: walk-ins, guests.")


class SalesColumns(_Section):
    """Which column is which in the sales."""

    series_id: ColumnName = "series_id"
    period: ColumnName = "period"
    value: ColumnName = "value"


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
    "MS",
    "ME",
    "QS",
    "QE",
    "YS",
    "YE",
]


class SalesSource(_FreshSource):
    """The ``[source.sales]`` section."""

    table: str | None = "sales"
    columns: SalesColumns = SalesColumns()
    frequency: Frequency = "auto"
    missing: Literal["auto", "zero", "unknown", "error"] = Field("auto", description="What an absent row means.")
    duplicates: Literal["last", "sum", "error"] = Field("last", description="What two rows of one period mean.")


class CovariateColumns(_Section):
    """Which column is which in the covariates."""

    series_id: ColumnName = "series_id"
    period: ColumnName = "period"
    name: ColumnName = "name"
    value: ColumnName = "value"


class CovariateSource(_Source):
    """The ``[source.covariates]`` section."""

    table: str | None = "sales_covariates"
    columns: CovariateColumns = CovariateColumns()


class SourceSettings(_Section):
    """The ``[source]`` section: what is read, and from where."""

    visits: VisitSource = VisitSource()
    sales: SalesSource = SalesSource()
    covariates: CovariateSource = CovariateSource()
