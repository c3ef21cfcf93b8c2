"""The study file of a study of single series."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from nightcast.validation import Section
from studies.series.sources import GappedSource, Source, Unknown
from studies.settings import Configuration, Name, StudySettings

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Share = Annotated[float, Field(gt=0, lt=1)]
Order = Annotated[int, Field(ge=0, le=10)]

METRICS = ("train_rmse", "test_rmse", "test_mae")
"""The metrics of every configuration, in the units of its series."""

ONLY = "series"
"""The name of a study's only series."""

OWN = {"name", "published", "forecast_batch_size", "forecast_reset", "seed_state", "networks_of"}
"""What configurations that share networks may differ in."""


class Split(Section):
    """The ``[split]`` section."""

    train: Count | Share = Field(0.67, description="Periods of the training part: a number, or a share.")

    def count(self, length: int) -> int:
        """Periods of the training part of a series of some length."""
        return self.train if isinstance(self.train, int) else int(length * self.train)


class SeriesConfiguration(Configuration):
    """The settings of every configuration."""

    series: Name | None = Field(None, description="The name of its series, where the study has several.")


class NaiveConfiguration(SeriesConfiguration):
    """The value one period or one season earlier."""

    model: Literal["persistence", "seasonal_naive"]
    season: Count = Field(1, description="Periods of a season, for seasonal_naive.")

    @model_validator(mode="after")
    def _season_of_seasonal(self) -> Self:
        if (self.model == "seasonal_naive") == (self.season == 1):
            raise ValueError("seasonal_naive needs a season above 1, and persistence none")
        return self


class ArimaConfiguration(SeriesConfiguration):
    """Seasonal ARIMA, fitted once on the training part; AICc chooses the orders unless they are given."""

    model: Literal["seasonal_arima"]
    season: Count = Field(1, description="Periods of a season; 1 for none.")
    order: tuple[Order, Order, Order] | None = Field(None, description="p, d and q.")
    seasonal_order: tuple[Order, Order, Order] = Field((0, 0, 0), description="P, D and Q; used where order is given.")


class LstmConfiguration(SeriesConfiguration):
    """LSTM layers under a dense layer; each repeat is a network of its own."""

    model: Literal["lstm"] = "lstm"
    look_back: Count = Field(1, description="Values in the window of a forecast.")
    framing: Literal["window", "time_steps"] = Field(
        "time_steps", description="window: the values are the features of one step; time_steps: steps of one feature."
    )
    difference: int = Field(0, ge=0, description="Lag of the value that is subtracted; 0 for none.")
    scale: tuple[float, float] | Literal["none"] = Field((0.0, 1.0), description="The range that values are scaled to.")
    scaled_on: Literal["train", "all"] = Field("train", description="The part whose minimum and maximum are used.")
    units: tuple[Annotated[int, Field(ge=1, le=1_000)], ...] = Field(
        (1,), min_length=1, description="Lowest layer first."
    )
    epochs: Count = 1
    batch_size: Count = 32
    optimiser: Literal["adam", "rmsprop"] = "adam"
    learning_rate: float = Field(0.001, gt=0)
    loss: Literal["mse", "mae"] = "mse"
    stateful: bool = Field(False, description="Whether the state is carried from batch to batch.")
    reset: Literal["epoch", "never"] = Field("epoch", description="When training resets the state to zeros.")
    shuffle: bool = Field(False, description="Whether samples are shuffled in each epoch.")
    train_last: Count | None = Field(None, description="The number of last samples to train on; all when left out.")
    validation: Count | Share | None = Field(None, description="Last training samples that only stop it early.")
    patience: Count | None = Field(None, description="Epochs without improvement, after which training stops.")
    leave_out_last: bool = Field(False, description="Leave out the last sample of each part, as some tutorials do.")
    separate_parts: bool = Field(False, description="Windows of the test part stay inside it.")
    forecast_batch_size: Count | None = Field(None, description="By default the batch size of training.")
    forecast_reset: bool = Field(False, description="Reset the state to zeros before each batch of forecasts.")
    seed_state: bool = Field(False, description="Forecast the training part first, and continue with its state.")
    networks_of: Name | None = Field(None, description="Forecast with the networks that another configuration trains.")

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
            raise ValueError("a stateful network needs samples in order: set stateful or shuffle to false")
        if not self.stateful and (self.forecast_reset or self.seed_state or self.reset == "never"):
            raise ValueError("forecast_reset, seed_state and reset need stateful = true")
        if self.reset == "never" and self.forecast_batch_size not in (None, self.batch_size):
            raise ValueError("reset = 'never' needs the same batch_size for forecasts: leave out forecast_batch_size")
        if (self.validation is None) != (self.patience is None):
            raise ValueError("early stopping needs validation and patience: give both or neither")
        return self

    @property
    def training(self) -> dict[str, Any]:
        """The settings that its trained networks depend on."""
        return self.model_dump(exclude=OWN)


_TAGS = {"lstm": "lstm", "persistence": "naive", "seasonal_naive": "naive", "seasonal_arima": "seasonal_arima"}


def _tag(configuration: Any) -> str | None:
    """The class of a configuration, by its model."""
    model = configuration.get("model", "lstm") if isinstance(configuration, dict) else configuration.model
    return _TAGS.get(str(model))


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
    """A study file of the kind ``series``.

    A single series is ``[series]``. Several are ``[series.NAME]``, and each configuration then names its series.
    ``[defaults]`` holds settings of all LSTMs; a configuration may override them.
    """

    kind: Literal["series"]
    series: dict[Name, Source] = Field(min_length=1)
    split: Split = Split()
    defaults: dict[str, Any] = Field({}, description="Settings of every LSTM.")
    configurations: tuple[AnyConfiguration, ...] = Field(min_length=1)
    drawn: tuple[Name, ...] | None = Field(None, description="Configurations in the charts; by default all.")

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, document: Any) -> Any:
        if not isinstance(document, dict):
            return document
        document, series = dict(document), document.get("series")
        if isinstance(series, dict) and not all(isinstance(value, dict) for value in series.values()):
            document["series"] = {ONLY: series}
        defaults, configurations = document.get("defaults", {}), document.get("configurations", ())
        if isinstance(defaults, dict) and isinstance(configurations, (list, tuple)):
            document["configurations"] = [_with_defaults(each, defaults) for each in configurations]
        return document

    @model_validator(mode="after")
    def _known_names(self) -> Self:
        names = {configuration.name: configuration for configuration in self.configurations}
        self.check(dict.fromkeys((each.name for each in self.configurations), METRICS))
        for name in self.drawn or ():
            if name not in names:
                raise ValueError(f"drawn names {name!r}, but the configurations are {', '.join(map(repr, names))}")
        for configuration in self.configurations:
            self._check_series(configuration)
            if isinstance(configuration, LstmConfiguration) and configuration.networks_of is not None:
                _check_networks(configuration, names.get(configuration.networks_of))
        return self

    def _check_series(self, configuration: SeriesConfiguration) -> None:
        known = ", ".join(map(repr, self.series))
        if configuration.series is None and len(self.series) > 1:
            raise ValueError(f"{configuration.name!r} needs a series, one of {known}")
        if configuration.series is not None and configuration.series not in self.series:
            raise ValueError(f"{configuration.name!r} names the series {configuration.series!r}, but there are {known}")

    def series_of(self, configuration: SeriesConfiguration) -> str:
        """The name of a configuration's series."""
        return configuration.series or next(iter(self.series))

    def unknown_of(self, name: str) -> Unknown:
        """What unknown values of a series count as."""
        source = self.series[name]
        return source.unknown if isinstance(source, GappedSource) else "error"


def _with_defaults(configuration: Any, defaults: dict[str, Any]) -> Any:
    if not isinstance(configuration, dict) or configuration.get("model", "lstm") != "lstm":
        return configuration
    return {**defaults, **configuration}


def _check_networks(configuration: LstmConfiguration, owner: SeriesConfiguration | None) -> None:
    if not isinstance(owner, LstmConfiguration) or owner.networks_of is not None:
        raise ValueError(
            f"networks_of of {configuration.name!r} is {configuration.networks_of!r}, which is no configuration that "
            "trains networks"
        )
    mine, theirs = configuration.training, owner.training
    differing = [key for key in mine if mine[key] != theirs[key]]
    if differing:
        raise ValueError(
            f"{configuration.name!r} has the networks of {owner.name!r}, but differs from it in " + ", ".join(differing)
        )
