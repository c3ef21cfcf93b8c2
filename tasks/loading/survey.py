"""A first look at a whole file: how its numbers are written, before any row of it is converted."""

from __future__ import annotations

from dataclasses import dataclass

from sql.filling.columns import NUMBERS
from tasks.conversion.number_forms import NumberForm, written_form
from tasks.conversion.number_survey import NumberSurvey
from tasks.conversion.numbers import is_text
from tasks.loading.request import LoadRequest
from tasks.loading.selection import SelectedFile


@dataclass(frozen=True)
class Survey:
    """How the numbers of a file are written, and what a person should know about it."""

    number_form: NumberForm
    notes: tuple[str, ...] = ()


def survey(file: SelectedFile, request: LoadRequest) -> Survey:
    """Look at all numbers of a file, unless the request says how they are written.

    Raises:
        InputError: if the numbers can be read in two ways.
    """
    chosen = request.number_form()
    column = next((theirs for ours, theirs in request.columns.items() if ours in NUMBERS), None)
    if chosen is not None or column is None:
        return Survey(chosen or written_form("."))
    numbers = NumberSurvey(column, request.thousands)
    for batch in file.batches():
        if not is_text(batch.columns[column].type):
            return Survey(written_form("."))
        numbers.add(batch.columns[column])
    note = numbers.note()
    return Survey(numbers.form(), (note,) if note else ())
