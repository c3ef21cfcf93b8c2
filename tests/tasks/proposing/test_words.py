from __future__ import annotations

import pytest

from tasks.proposing import words


@pytest.mark.parametrize(
    ("name", "vocabulary", "expected"),
    [
        ("Kundennummer", words.CUSTOMER, "kund"),
        ("customerId", words.CUSTOMER, "customer"),
        ("id_cliente", words.CUSTOMER, "client"),
        ("Käufer", words.CUSTOMER, "kaufer"),
        ("fecha_visita", words.MOMENT, "visit"),
        ("Verkaufsdatum", words.MOMENT, "verkauf"),
        ("date_of_birth", words.NO_MOMENT, "birth"),
        ("Größe", words.CUSTOMER, ""),
        ("automation", words.MOMENT, ""),  # "at" and "on" have to stand by themselves
        ("montant_ttc", words.AMOUNT, "montant"),
        ("Artikelnummer", words.SERIES, "artikel"),
    ],
)
def test_names_are_understood_whatever_their_language_and_style(
    name: str, vocabulary: list[str], expected: str
) -> None:
    assert words.says(name, vocabulary) == expected
