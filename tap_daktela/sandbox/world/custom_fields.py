"""Custom fields: definitions of every type, and invented values."""

import random
from collections.abc import Callable
from typing import Any

from tap_daktela.sandbox.world import people, texts

_DEFINED = {
    "contacts": "number:PHONE:Telefon email:EMAIL:Email address:ADDRESS:Adresa note:TEXTAREA:Poznámka vip:CHECKBOX:VIP "
    "born:DATE:Narozen",
    "accounts": "ico:TEXT:IČO email:EMAIL:Email number:PHONE:Telefon address:ADDRESS:Adresa segment:SELECTBOX:Segment "
    "web:URL:Web",
    "tickets": "order_id:TEXT:Objednávka product:MULTISELECTBOX:Produkty resolution:RADIO:Řešení "
    "promised:DATETIME:Slíbeno call_at:TIME:Volat summary:HTML:Shrnutí",
    "crmRecords": "serial:TEXT:Sériové_číslo color:SELECTBOX:Barva until:DATE:Záruka",
    "campaignsRecords": "offer:SELECTBOX:Nabídka interested:CHECKBOX:Zájem note:TEXTAREA:Poznámka",
    "activitiesWeb": "source:SELECTBOX:Odkud",
    "activities": "outcome:SELECTBOX:Výsledek detail:TEXTAREA:Podrobnosti",
}
_CHOICES = ("basic", "premium", "firemní", "Žádný", "10 %")
_NONE_AT_ALL = 0.2
_EMPTY = 0.25
_NULL = 0.3


def definition(kind: str, title: str) -> dict[str, object]:
    """One definition as `_sys.cfScheme` shows it."""
    return {"type": kind, "title": title, "hidden": False, "readonly": False}


def schemes() -> dict[str, dict[str, dict[str, object]]]:
    """All definitions by table and key."""
    result: dict[str, dict[str, dict[str, object]]] = {}
    for table, fields in _DEFINED.items():
        parts = [field.split(":") for field in fields.split()]
        result[table] = {key: definition(kind, title.replace("_", " ")) for key, kind, title in parts}
    return result


def values(rng: random.Random, scheme: dict[str, dict[str, object]]) -> dict[str, list[Any]] | None:
    """The custom fields of a row: a list of texts for each, some empty, some with null. None for a row without any."""
    if rng.random() < _NONE_AT_ALL:
        return None
    return {key: _value(rng, str(field["type"])) for key, field in scheme.items()}


def _value(rng: random.Random, kind: str) -> list[Any]:
    chance = rng.random()
    if chance < _EMPTY:
        return []
    if chance < _NULL:
        return [None]
    count = rng.randrange(1, 4) if kind in {"MULTISELECTBOX", "PHONE", "EMAIL"} else 1
    return [_text(rng, kind) for _ in range(count)]


def _day(rng: random.Random) -> str:
    return f"20{rng.randrange(20, 30)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"


def _moment(rng: random.Random) -> str:
    return f"{rng.randrange(24):02d}:{rng.randrange(60):02d}"


_TEXTS: dict[str, Callable[[random.Random], str]] = {
    "ADDRESS": people.address,
    "CHECKBOX": lambda _: "1",
    "DATE": _day,
    "DATETIME": lambda rng: f"{_day(rng)} {_moment(rng)}:00",
    "EMAIL": lambda rng: people.email(rng, people.person(rng)),
    "HTML": lambda rng: f"<p>{texts.sentences(rng, 1)}</p>",
    "PHONE": people.phone,
    "TEXT": lambda rng: str(rng.randrange(10**7, 10**8)),
    "TEXTAREA": lambda rng: texts.sentences(rng, 2),
    "TIME": _moment,
    "URL": lambda _: "https://www.example.com/?a=1&b=2",
}


def _text(rng: random.Random, kind: str) -> str:
    """One value. Types with a list of choices have no function of their own."""
    make = _TEXTS.get(kind)
    return make(rng) if make else rng.choice(_CHOICES)
