"""What the file of a study of single series says."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from studies.series.sources import Source
from studies.settings import Configuration, Name, Section, StudySettings

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Share = Annotated[float, Field(gt=0, lt=1)]
Order = Annotated[int, Field(ge=0, le=10)]

METRICS = ("train_rmse", "test_rmse", "test_mae")
"""Of every configuration, on the scale of its series."""

ONLY = "series"
"""What a study's only series is called."""

TRAINING = (
    "series", "look_back", "framing", "difference", "scale", "scaled_on", "units", "epochs", "batch_size", "optimiser",
    "learning_rate", "loss", "stateful", "reset", "shuffle", "train_last", "validation", "patience", "leave_out_last",
    "separate_parts",
)  # fmt: skip
"""What shapes the trained networks of a configuration; the rest shapes its forecasts only."""


class Split(Section):
    """The ``[split]`` section."""

    train: Count | Share = Field(0.67, description="Periods to train on, a number or a share; the others are tested.")

    def count(self, length: int) -> int:
        """Periods to train on, of so many."""
        return self.train if isinstance(self.train, int) else int(length * self.train)


class SeriesConfiguration(Configuration):
    """What every configuration of such a study says."""

    series: Name | None = Field(None, description="Which series, where the study has several.")


class NaiveConfiguration(SeriesConfiguration):
    """The value one period, or one season, earlier."""

    model: Literal["persistence", "seasonal_naive"]
    season: Count = Field(1, description="Periods of a season, for seasonal_naive.")

    @model_validator(mode="after")
    def _season_of_seasonal(self) -> Self:
        if (self.model == "seasonal_naive") == (self.season == 1):
            raise ValueError("seasonal_naive needs a season above 1, and persistence has none")
        return self


class ArimaConfiguration(SeriesConfiguration):
    """Seasonal ARIMA, fitted once on the training part; its orders are chosen there by AICc unless they are given."""

    model: Literal["seasonal_arima"]
    season: Count = Field(1, description="Periods of a season; 1: none.")
    order: tuple[Order, Order, Order] | None = Field(None, description="p, d and q.")
    seasonal_order: tuple[Order, Order, Order] = Field((0, 0, 0), description="P, D and Q, where order is given.")


class LstmConfiguration(SeriesConfiguration):
    """LSTMs under a dense layer, one for each repeat."""

    model: Literal["lstm"] = "lstm"
    look_back: Count = Field(1, description="Values that a forecast is made from.")
    framing: Literal["window", "time_steps"] = Field(
        "time_steps", description="Whether the values before are the features of one step, or steps of one feature."
    )
    difference: int = Field(0, ge=0, description="Periods back to the value that is subtracted; 0: none.")
    scale: tuple[float, float] | Literal["none"] = Field((0.0, 1.0), description="The range values are scaled to.")
    scaled_on: Literal["train", "all"] = Field("train", description="Where least and largest value are found.")
    units: tuple[Annotated[int, Field(ge=1, le=1_000)], ...] = Field((1,), min_length=1, description="Lowest first.")
    epochs: Count = 1
    batch_size: Count = 32
    optimiser: Literal["adam", "rmsprop"] = "adam"
    learning_rate: float = Field(0.001, gt=0)
    loss: Literal["mse", "mae"] = "mse"
    stateful: bool = Field(False, description="Whether a batch begins with the state that the one before ended with.")
    reset: Literal["epoch", "never"] = Field("epoch", description="When a state becomes zeros in training.")
    shuffle: bool = Field(False, description="Whether each epoch has its own order of samples.")
    train_last: Count | None = Field(None, description="Train on the last samples only, so many.")
    validation: Count | Share | None = Field(None, description="Last samples of training that only stop it early.")
    patience: Count | None = Field(None, description="Epochs without a smaller validation loss before training stops.")
    leave_out_last: bool = Field(False, description="Leave out the last sample of both parts, as some tutorials do.")
    separate_parts: bool = Field(False, description="Windows of the test part do not reach back into training.")
    forecast_batch_size: Count | None = Field(None, description="That of training unless given.")
    forecast_reset: bool = Field(False, description="Whether each batch is forecast from a state of zeros.")
    seed_state: bool = Field(False, description="Forecast the training part first, and begin with its state.")
    networks_of: Name | None = Field(None, description="Forecast with the networks that this configuration trains.")

    @field_validator("scale")
    @classmethod
    def _range(cls, scale: tuple[float, float] | str) -> tuple[float, float] | str:
        from models.sales.recipes.classic.preparation.scale import RangeScale

        if not isinstance(scale, str):
            RangeScale(*scale)
        return scale

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.stateful and self.shuffle:
            raise ValueError("a state cannot be carried through shuffled samples: set stateful or shuffle to false")
        if not self.stateful and (self.forecast_reset or self.seed_state or self.reset == "never"):
            raise ValueError("forecast_reset, seed_state and reset are about the state: they need stateful = true")
        if self.reset == "never" and self.forecast_batch_size not in (None, self.batch_size):
            raise ValueError("a state that is never reset needs the same batch_size in forecasting")
        if (self.validation is None) != (self.patience is None):
            raise ValueError("validation and patience stop training early: give both or none")
        return self

    @property
    def training(self) -> dict[str, Any]:
        """What shapes its trained networks."""
        return self.model_dump(include=set(TRAINING))


_TAGS = {"lstm": "lstm", "persistence": "naive", "seasonal_naive": "naive", "seasonal_arima": "seasonal_arima"}


def _tag(found: Any) -> str | None:
    """Which class a configuration is of, by its model."""
    return _TAGS.get(str(found.get("model", "lstm") if isinstance(found, dict) else found.model))


AnyConfiguration = Annotated[
    Annotated[NaiveConfiguration, Tag("naive")]
    | Annotated[ArimaConfiguration, Tag("seasonal_arima")]
    | Annotated[LstmConfiguration, Tag("lstm")],
    Discriminator(
        _tag,
        custom_error_type="model",
        custom_error_message="model is one of 'lstm', 'persistence', 'seasonal_naive', 'seasonal_arima'",
    ),
]


class Settings(StudySettings):
    """The whole file of a study of this kind.

    A single series is ``[series]``, several are ``[series.NAME]``, and then each configuration names its own. What is
    in ``[defaults]`` holds for every configuration of an LSTM that does not say else.
    """

    kind: Literal["series"]
    series: dict[Name, Source] = Field(min_length=1)
    split: Split = Split()
    defaults: dict[str, Any] = Field({}, description="Of every LSTM.")
    configurations: tuple[AnyConfiguration, ...] = Field(min_length=1)
    drawn: tuple[Name, ...] | None = Field(None, description="Configurations whose forecasts are drawn; all else.")

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, found: Any) -> Any:
        if not isinstance(found, dict):
            return found
        found, series = dict(found), found.get("series")
        if isinstance(series, dict) and not all(isinstance(value, dict) for value in series.values()):
            found["series"] = {ONLY: series}
        defaults, configurations = found.get("defaults", {}), found.get("configurations", ())
        if isinstance(defaults, dict) and isinstance(configurations, (list, tuple)):
            found["configurations"] = [_with_defaults(each, defaults) for each in configurations]
        return found

    @model_validator(mode="after")
    def _known_metrics(self) -> Self:
        named = {self.metric, *(metric for each in self.configurations for metric in each.published)}
        named |= {metric for claim in self.claims for metric in (claim.first_metric, claim.second_metric) if metric}
        unknown = sorted(named.difference(METRICS))
        if unknown:
            raise ValueError(f"there is no metric {unknown[0]!r}, only {', '.join(map(repr, METRICS))}")
        return self

    @model_validator(mode="after")
    def _known_names(self) -> Self:
        self.check(self.configurations)
        names = {configuration.name: configuration for configuration in self.configurations}
        for name in self.drawn or ():
            if name not in names:
                raise ValueError(f"drawn names {name!r}, but there are only {', '.join(map(repr, names))}")
        for configuration in self.configurations:
            self._check_series(configuration)
            if isinstance(configuration, LstmConfiguration) and configuration.networks_of is not None:
                _check_networks(configuration, names.get(configuration.networks_of))
        return self

    def _check_series(self, configuration: SeriesConfiguration) -> None:
        known = ", ".join(map(repr, self.series))
        if configuration.series is None and len(self.series) > 1:
            raise ValueError(f"{configuration.name!r} does not say which series it is for: {known}")
        if configuration.series is not None and configuration.series not in self.series:
            raise ValueError(f"{configuration.name!r} is for {configuration.series!r}, but there are only {known}")

    def series_of(self, configuration: SeriesConfiguration) -> str:
        """The name of a configuration's series."""
        return configuration.series or next(iter(self.series))


def _with_defaults(configuration: Any, defaults: dict[str, Any]) -> Any:
    if not isinstance(configuration, dict) or configuration.get("model", "lstm") != "lstm":
        return configuration
    return {**defaults, **configuration}


def _check_networks(configuration: LstmConfiguration, owner: SeriesConfiguration | None) -> None:
    if not isinstance(owner, LstmConfiguration) or owner.networks_of is not None:
        raise ValueError(
            f"{configuration.name!r} forecasts with the networks of {configuration.networks_of!r}, "
            "which is no configuration that trains any"
        )
    mine, theirs = configuration.training, owner.training
    differing = [key for key in mine if mine[key] != theirs[key]]
    if differing:
        raise ValueError(
            f"{configuration.name!r} forecasts with the networks of {owner.name!r}, but is trained otherwise: "
            + ", ".join(differing)
        )
