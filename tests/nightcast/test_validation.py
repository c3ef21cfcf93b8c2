"""Messages name the place of a problem, and the key that was meant."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, field_validator

from nightcast.validation import explained, nearest


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Network(Part):
    name: str
    model: Literal["network"] = "network"
    look_back: int = Field(1, ge=1)


class Simple(Part):
    name: str
    model: Literal["simple"] = "simple"
    season: int = 1

    @field_validator("season")
    @classmethod
    def _positive(cls, season: int) -> int:
        if season < 1:
            raise ValueError("a season has one period at least")
        return season


class Split(Part):
    share: float = Field(0.5, alias="train")


Names = Annotated[tuple[Literal["naive", "mean"] | Literal["lstm"], ...], Field(min_length=1)]


class Numbers(Part):
    horizon: Annotated[int, Field(ge=1, le=1000)] | Literal["auto"] = "auto"
    recipes: (
        Annotated[tuple[Literal["naive", "mean"] | Literal["lstm"], ...], Field(min_length=1)] | Literal["auto"]
    ) = "auto"
    edges: tuple[Annotated[int, Field(ge=1)], ...] = ()
    share: float = Field(0.5, gt=0, lt=1)
    seed: int | None = Field(None, alias="random_seed")
    text: str = ""
    switch: bool = True


def _tag(way: Any) -> str:
    return "net" if way.get("model", "network") == "network" else "naive"


Way = Annotated[Annotated[Network, Tag("net")] | Annotated[Simple, Tag("naive")], Discriminator(_tag)]


class Document(Part):
    name: str = ""
    numbers: Numbers = Field(default_factory=lambda: Numbers())
    split: Split | None = None
    ways: tuple[Network | Simple, ...] = ()
    tagged: list[Network] = []
    chosen: tuple[Way, ...] = ()
    tables: dict[str, Split] = {}


def problems(document: dict[str, Any], *, named: bool = True) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Document.model_validate(document)
    return list(explained(caught.value, Document, document if named else None))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"nane": "x"}, "[nane] is not known, did you mean 'name'?"),
        ({"zzz": 1}, "[zzz] is not known; known are name, numbers, split, ways, tagged, chosen, tables"),
        ({"split": {"trian": 1}}, "[split] trian is not known, did you mean 'train'?"),
        ({"tables": {"a": {"trian": 1}}}, "[tables.a] trian is not known, did you mean 'train'?"),
        (
            {"tagged": [{"name": "one"}, {"name": "two", "lok_back": 1}]},
            "[tagged.'two'] lok_back is not known, did you mean 'look_back'?",
        ),
        ({"tagged": [{"look_bak": 1, "name": ""}]}, "[tagged.1] look_bak is not known, did you mean 'look_back'?"),
        (
            {"tagged": [{"name": "one", "look_back": 0}]},
            "[tagged.'one'] look_back: Input should be greater than or equal to 1",
        ),
        (
            {"ways": [{"name": "naive", "model": "simple", "season": 0}]},
            "[ways.'naive'.Simple] season: a season has one period at least",
        ),
    ],
)
def test_the_place_and_the_remedy_are_said(document: dict[str, Any], expected: str) -> None:
    assert expected in problems(document)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ({"horizon": "long"}, "[numbers] horizon is 'long'; allowed: 'auto', or a whole number from 1 to 1,000"),
        ({"horizon": 0}, "[numbers] horizon is 0; allowed: 'auto', or a whole number from 1 to 1,000"),
        (
            {"recipes": ["prophet"]},
            "[numbers] recipes is 'prophet'; allowed: 'auto', or a list of 'naive', 'mean' or 'lstm'",
        ),
        (
            {"recipes": ["naive", "lst"]},
            "[numbers] recipes is 'lst'; allowed: 'auto', or a list of 'naive', 'mean' or 'lstm', did you mean 'lstm'?",
        ),
        ({"recipes": []}, "[numbers] recipes is []; allowed: 'auto', or a list of 'naive', 'mean' or 'lstm'"),
        ({"edges": [7, "x"]}, "[numbers] edges is 'x'; allowed: a list of whole numbers of at least 1"),
        ({"share": 2}, "[numbers] share is 2; allowed: a number above 0 and below 1"),
        ({"random_seed": "x"}, "[numbers] random_seed is 'x'; allowed: a whole number"),
        ({"switch": "maybe"}, "[numbers] switch is 'maybe'; allowed: true or false"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(numbers: dict[str, Any], expected: str) -> None:
    assert problems({"numbers": numbers}) == [expected]


def test_no_value_of_a_text_is_repeated_for_it_may_be_a_secret() -> None:
    assert "hunter2" not in str(problems({"numbers": {"text": ["hunter2"]}}))


def test_without_the_document_items_have_numbers() -> None:
    assert problems({"tagged": [{"name": "one", "look_back": 0}]}, named=False) == [
        "[tagged.1] look_back: Input should be greater than or equal to 1"
    ]


def test_every_problem_is_said() -> None:
    assert len(problems({"nane": "x", "split": {"trian": 1}, "ways": 7})) == 3


def test_a_member_of_a_union_knows_its_own_keys() -> None:
    naive = {"name": "naive", "model": "simple", "saeson": 1}
    assert "[ways.'naive'.Simple] saeson is not known, did you mean 'season'?" in problems({"ways": [naive]})
    assert problems({"chosen": [naive]}) == ["[chosen.'naive'.naive] saeson is not known, did you mean 'season'?"]
    network = {"name": "lstm", "season": 1}
    assert problems({"chosen": [network]}) == [
        "[chosen.'lstm'.net] season is not known; known are name, model, look_back"
    ]


def test_what_is_like_nothing_gets_all_that_is_known() -> None:
    assert nearest("xyz", {"series": 1, "waves": 2}) == "; known are series, waves"
    assert nearest("serie", ["series", "waves"]) == ", did you mean 'series'?"


def test_a_former_key_leads_to_its_successor() -> None:
    with pytest.raises(ValidationError) as caught:
        Document.model_validate({"split": {"share_of_training": 0.5, "seed": 1}})
    assert list(explained(caught.value, Document, former={"split.share_of_training": "is now [split] train"})) == [
        "[split] share_of_training is now [split] train",
        "[split] seed is not known; known are train",
    ]
