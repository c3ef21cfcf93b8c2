"""Tables as OpenLineage names them: by their server and database, never by who connects."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.generated.input_statistics_input_dataset import InputStatisticsInputDatasetFacet
from openlineage.client.generated.output_statistics_output_dataset import OutputStatisticsOutputDatasetFacet
from openlineage.client.generated.schema_dataset import SchemaDatasetFacet, SchemaDatasetFacetFields

from sql.engine import Database
from sql.settings import Source
from sql.source.lookup import source_exists
from sql.tables import FORECAST_TABLES
from sql.tables.of_runs import is_of_run
from tasks.night import Night
from tasks.products import PRODUCTS

PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306}


def named(database: Database, table: str, schema: str | None) -> tuple[str, str]:
    """The namespace and the name of a table. OpenLineage has no rule for SQLite: there, its file is the namespace.

    Args:
        database: where it is.
        table: its name, after its schema and a dot if it says one.
        schema: the schema of a table that says none; None on databases without schemas.
    """
    kind, url = database.dialect, database.url
    if kind == "sqlite":
        return f"sqlite:{database.file.absolute() if database.file else ':memory:'}", table
    place = f"{url.host or 'localhost'}:{url.port or PORTS.get(kind, 0)}"
    if kind == "postgresql":
        return f"postgres://{place}", f"{url.database}.{table if '.' in table else f'{schema}.{table}'}"
    return f"mysql://{place}", table if "." in table else f"{url.database}.{table}"


def sources(night: Night) -> Iterator[Source]:
    """The sources of a product, the covariates among them where it reads them and they exist."""
    settings = night.sections.source
    yield PRODUCTS[night.product].settings_of_source(settings)
    if night.product != "next_visit" and source_exists(night.database, settings.covariates):
        yield settings.covariates


def inputs(night: Night) -> list[InputDataset]:
    """The tables that a night reads; a query names none."""
    with night.database.read() as connection:
        schema = sa.inspect(connection).default_schema_name
    tables = [source.table for source in sources(night) if source.query is None and source.table]
    return [InputDataset(*named(night.database, table, schema)) for table in tables]


def with_rows_read(datasets: list[InputDataset], rows: int) -> list[InputDataset]:
    """The same; of the first one, the product's own source, it is known how many rows were read."""
    for dataset in datasets[:1]:
        dataset.inputFacets = {"inputStatistics": InputStatisticsInputDatasetFacet(rowCount=rows)}
    return datasets


def outputs(night: Night, *, counted: bool) -> list[OutputDataset]:
    """The tables that a night writes, with what their columns mean; counted: with the number of its rows."""
    tables = FORECAST_TABLES[night.product]
    rows = [_rows(night, table) if counted else None for table in tables]
    return [_output(night.database, table, count) for table, count in zip(tables, rows, strict=True)]


def _rows(night: Night, table: sa.Table) -> int | None:
    if night.run is None:
        return None
    return night.database.value(sa.select(sa.func.count()).where(is_of_run(table, night.run.run_id)))


def _output(database: Database, table: sa.Table, rows: int | None) -> OutputDataset:
    dataset = OutputDataset(*named(database, table.name, database.schema))
    fields = [
        SchemaDatasetFacetFields(column.name, str(column.type), column.comment, number)
        for number, column in enumerate(table.columns, start=1)
    ]
    dataset.facets = {"schema": SchemaDatasetFacet(fields=fields)}
    if rows is not None:
        dataset.outputFacets = {"outputStatistics": OutputStatisticsOutputDatasetFacet(rowCount=rows)}
    return dataset
