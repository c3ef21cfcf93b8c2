"""What names of tables and columns say, in English, German, French, Spanish, Italian and Dutch.

A word of up to three letters has to stand by itself, a longer one may be a part of a compound: ``kundennummer``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


CUSTOMER = _words(
    "customer client kund klant patient pazient pacient member mitglied card karte carte tarjeta tessera guest "
    "gast huesped buyer kaufer kaeufer acheteur comprador debitor subscriber abonn socio adherent usager "
    "utilisateur usuario benutzer loyalty treue person cust user shopper visitor besucher student"
)
NO_CUSTOMER = _words(
    "product produkt artikel article item sku store shop filial branch order bestell auftrag receipt beleg bon "
    "invoice rechnung factura facture status type typ art kind city ort plz zip country land name phone telefon "
    "employee mitarbeiter cashier kassier staff doctor arzt trainer line position device terminal register"
)

MOMENT = _words(
    "visit besuch checkin scan enter entry eintritt zutritt order bestell purchas kauf achat compra sold verkauf "
    "vente venta begin start arriv ankunft llegada appointment termin cita rendez rdv date datum zeit time fecha "
    "hora heure jour dia day tag moment ts when giorno ora data beleg bon receipt booked gebucht am on at"
)
BEGIN = _words("start begin beginn visit besuch checkin arriv ankunft llegada appointment termin cita entry eintritt")
"""What of several moments of a row is that of the visit, rather than that of the booking."""

PERIOD = (*MOMENT, *_words("week woche semana semaine month monat mois mes period settimana quarter quartal"))
NO_MOMENT = _words(
    "birth geburt naiss nacim nascit dob updat modif aender geander delet gelosch geloescht expir ablauf valid "
    "gueltig gultig regist joined signup beitritt since seit export import load sync cancel storn print ship "
    "liefer deliver paid bezahlt due faellig fallig end ende fin until bis checkout remind changed creat erstell "
    "angelegt insert erfasst cree"
)

AMOUNT = _words(
    "amount total betrag summe umsatz revenue montant importe preis price prix precio prezzo gesamt brutto netto "
    "gross net sum spent spend ttc value wert valeur valor importo bedrag fee grand"
)
NO_AMOUNT = _words(
    "tax mwst vat iva tva steuer discount rabatt remise descuento id nr number nummer lat lon zip plz year jahr "
    "points punkte cost kosten age alter percent prozent margin weight gewicht stock lager bestand rating"
)
QUANTITY = _words(
    "quantity qty menge anzahl stueck stuck cantidad quantit unit einheit sold verkauft absatz pieces piece count "
    "pezzi sales ventas ventes turnover volume"
)

HOW_MANY = _words("quantity qty menge anzahl stueck quantit cantidad count sold verkauft")
"""What is said of a number of things, not of their name, as in ``items_sold``."""

SERIES = _words(
    "product produkt produit prodotto artikel article articulo item sku store shop filial branch department "
    "abteil categor kategor series tienda magasin negozio material warengruppe region ean gtin plu service "
    "leistung market laden outlet site location standort brand marke variant winkel"
)
GROUPS = _words(
    "store shop filial branch department abteil categor kategor tienda magasin negozio warengruppe region market "
    "laden outlet site location standort brand marke studio winkel channel kanal"
)

VISIT_TABLES = _words(
    "visit besuch checkin receipt bon kassen beleg order bestell booking buchung appointment termin transact "
    "purchas einkauf sale verkauf ticket pedido commande cita rendez entry zutritt attend stay invoice rechnung "
    "access zugang acceso facture factura scan eintritt reserv passage kauf vente venta treatment behandlung auftrag"
)
LINE_TABLES = _words("line position posten zeile detalle detail ligne item")
SALES_TABLES = (
    *_words("sale umsatz verkauf vente venta absatz turnover revenue weekly daily monthly demand"),
    *LINE_TABLES,
)
NO_TABLES = _words(
    "log audit tmp temp backup bak staging stg session job migrat config setting queue error mail notif webhook "
    "test archiv role permission customers kunden clients clientes patienten patients members mitglieder products "
    "artikelstamm kundenstamm stamm users employees stock lager inventory budget plan forecast"
)

CANCELLED = ("cancel", "storn", "no_show", "no-show", "noshow", "annul", "void", "refund", "abgesagt", "denied")


def plain(name: str) -> str:
    """A name without accents and capital letters, its words apart."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("ß", "ss")
    ascii_only = unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", ascii_only.lower()).strip("_")


def says(name: str, words: Sequence[str]) -> str:
    """The longest of these words that a name has; empty if it has none."""
    written = plain(name)
    parts, joined = set(written.split("_")), written.replace("_", "")
    found = [word for word in words if (word in parts if len(word) <= 3 else word in joined)]
    return max(found, key=len, default="")
