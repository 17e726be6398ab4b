"""Custom fields: the definitions of the instance, of every type, and invented values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_daktela.sandbox import people, texts

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_DEFINED = {
    "contacts": "number:PHONE:Telefon email:EMAIL:Email address:ADDRESS:Adresa note:TEXTAREA:Poznámka vip:CHECKBOX:VIP "
    "born:DATE:Narozen",
    "accounts": "ico:TEXT:IČO email:EMAIL:Email number:PHONE:Telefon address:ADDRESS:Adresa segment:SELECTBOX:Segment "
    "web:URL:Web",
    "tickets": "order_id:TEXT:Objednávka product:MULTISELECTBOX:Produkty resolution:RADIO:Řešení "
    "promised:DATETIME:Slíbeno call_at:TIME:Volat summary:HTML:Shrnutí",
    "crmRecords": "serial:TEXT:Sériové_číslo color:SELECTBOX:Barva until:DATE:Záruka",
    "campaignsRecords": "offer:SELECTBOX:Nabídka interested:CHECKBOX:Zájem note:TEXTAREA:Poznámka",
    "activities": "outcome:SELECTBOX:Výsledek detail:TEXTAREA:Podrobnosti",
}
_CHOICES = ("basic", "premium", "firemní", "Žádný", "10 %")
_NONE_AT_ALL = 0.2
_EMPTY = 0.25
_NULL = 0.3


def definition(kind: str, title: str) -> dict[str, object]:
    """One definition as it appears in `_sys.cfScheme`."""
    return {"type": kind, "title": title, "hidden": False, "readonly": False}


def schemes() -> dict[str, dict[str, dict[str, object]]]:
    """All definitions by table and key."""
    result: dict[str, dict[str, dict[str, object]]] = {}
    for table, fields in _DEFINED.items():
        parts = [field.split(":") for field in fields.split()]
        result[table] = {key: definition(kind, title.replace("_", " ")) for key, kind, title in parts}
    return result


def values(dice: random.Random, scheme: dict[str, dict[str, object]]) -> dict[str, list[Any]] | None:
    """The custom fields of one row: lists of texts, some empty, some with null; None when the row has none."""
    if dice.random() < _NONE_AT_ALL:
        return None
    return {key: _value(dice, str(field["type"])) for key, field in scheme.items()}


def _value(dice: random.Random, kind: str) -> list[Any]:
    chance = dice.random()
    if chance < _EMPTY:
        return []
    if chance < _NULL:
        return [None]
    count = dice.randrange(1, 4) if kind in {"MULTISELECTBOX", "PHONE", "EMAIL"} else 1
    return [_text(dice, kind) for _ in range(count)]


def _day(dice: random.Random) -> str:
    return f"20{dice.randrange(20, 30)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}"


def _moment(dice: random.Random) -> str:
    return f"{dice.randrange(24):02d}:{dice.randrange(60):02d}"


_TEXTS: dict[str, Callable[[random.Random], str]] = {
    "ADDRESS": people.address,
    "CHECKBOX": lambda _: "1",
    "DATE": _day,
    "DATETIME": lambda dice: f"{_day(dice)} {_moment(dice)}:00",
    "EMAIL": lambda dice: people.email(dice, people.person(dice)),
    "HTML": lambda dice: f"<p>{texts.sentences(dice, 1)}</p>",
    "PHONE": people.phone,
    "TEXT": lambda dice: str(dice.randrange(10**7, 10**8)),
    "TEXTAREA": lambda dice: texts.sentences(dice, 2),
    "TIME": _moment,
    "URL": lambda _: "https://www.example.com/?a=1&b=2",
}


def _text(dice: random.Random, kind: str) -> str:
    """One value; the types with a choice have no function of their own."""
    make = _TEXTS.get(kind)
    return make(dice) if make else dice.choice(_CHOICES)
