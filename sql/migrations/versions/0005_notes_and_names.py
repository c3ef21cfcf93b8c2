"""The warnings of each night, and one name for one thing in tables, recipes and settings.

The settings of trained models are renamed, too, so that the first night after the upgrade does not take new names for
changed settings. A setting that no longer exists is kept if it was not at its default, since it shaped another model.

Revision: 0005, after 0004.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from sql.types import Identifier, Name

revision = "0005"
down_revision = "0004"

_VISIT_NETWORK = ("units", "dropout", "members", "epochs", "learning_rate")
_SALES_NETWORK = ("units", "members", "steps", "learning_rate")
_SALES_CLASSIC = ("preparation", "framing", "layers", "stateful")

_DROPPED_FROM_VISITS = {
    "head_units": 32,
    "batch_size": 256,
    "landmark_spacing_days": 7,
    "landmark_rows": 400_000,
    "minimum_rows": 800,
    "minimum_customers": 20,
}
_DROPPED_FROM_CLASSIC = {"batch_size": 256, "test_share": 0.2, "windows": 60_000}
_DROPPED_FROM_SALES = {
    "origins": 3,
    "minimum_observations": "auto",
    "refit_steps": 200,
    "batch_size": 64,
    "maximum_windows": 16_384,
    "history": "auto",
}
"""Settings that no longer exist, with their last defaults."""


def upgrade() -> None:
    """Change the tables, and the names in their rows."""
    schema = context.config.attributes["schema"]
    op.add_column("forecast_run", sa.Column("notes", sa.Text()), schema=schema)
    _rename_median(schema)
    run = sa.table("forecast_run", sa.column("product", Name), sa.column("served", sa.Text), schema=schema)
    of_lstm = (run.c.product == "next_visit") & (run.c.served == "lstm")
    op.execute(sa.update(run).where(of_lstm).values(served="hazard_lstm"))
    _rename_parameters(schema)


def _rename_median(schema: str | None) -> None:
    if op.get_bind().dialect.name == "sqlite":  # Alembic would copy the whole table
        op.execute("ALTER TABLE next_visit RENAME COLUMN median_days TO median_days_ahead")
        return
    op.alter_column(
        "next_visit",
        "median_days",
        new_column_name="median_days_ahead",
        existing_type=sa.Double(),
        existing_nullable=True,
        schema=schema,
    )


def _rename_parameters(schema: str | None) -> None:
    version = sa.table(
        "model_version",
        sa.column("model_version", Identifier),
        sa.column("product", Name),
        sa.column("parameters", sa.JSON),
        schema=schema,
    )
    connection = op.get_bind()
    for name, product, parameters in connection.execute(sa.select(version)).all():
        renamed = sa.update(version).where(version.c.model_version == name)
        connection.execute(renamed.values(parameters=renamed_parameters(product, parameters)))


def renamed_parameters(product: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a model, under the new names."""
    renamed = dict(parameters)
    if product == "next_visit" and renamed.get("recipe") == "lstm":
        renamed["recipe"] = "hazard_lstm"
    shape = dict(renamed.get("shape") or {})
    if isinstance(shape.get(product), dict):
        shape[product] = {"next_visit": _renamed_visits, "sales": _renamed_sales}[product](shape[product])
    return renamed | ({"shape": shape} if shape else {})


def _renamed_visits(settings: Mapping[str, Any]) -> dict[str, Any]:
    rest = _without_defaults(settings, _DROPPED_FROM_VISITS)
    classic = _without_defaults(rest.pop("classic", {}), _DROPPED_FROM_CLASSIC)
    architecture = rest.pop("architecture", "hazard")
    recipes = "auto" if architecture == "hazard" else [architecture]
    network = {name: rest.pop(name) for name in _VISIT_NETWORK if name in rest}
    return {**rest, "recipes": recipes, "network": network, "classic": classic}


def _renamed_sales(settings: Mapping[str, Any]) -> dict[str, Any]:
    rest = _without_defaults(settings, _DROPPED_FROM_SALES)
    recipes = rest.pop("models", "auto")
    network = {name: rest.pop(name) for name in _SALES_NETWORK if name in rest}
    classic = {name: rest.pop(name) for name in _SALES_CLASSIC if name in rest}
    return {**rest, "recipes": recipes, "network": network, "classic": classic}


def _without_defaults(settings: Mapping[str, Any], dropped: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in dropped or value != dropped[name]}
