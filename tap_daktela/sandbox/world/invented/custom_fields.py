"""Custom fields: definitions of every type, and invented values."""

from collections.abc import Callable, Mapping
from typing import Any

from tap_daktela.sandbox.world.invented import people, texts
from tap_daktela.sandbox.world.invented.dice import Dice

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


def values(
    rng: Dice, scheme: Mapping[str, Mapping[str, object]], known: Mapping[str, list[Any]]
) -> dict[str, list[Any]] | None:
    """The custom fields of a row: a list of texts for each, some empty, some with null. None for a row without any.

    `known` has the values of fields that are not random, such as the e-mail addresses of a contact.
    """
    if rng.random() < _NONE_AT_ALL:
        return None
    found: dict[str, list[Any]] = {}
    for key, field in scheme.items():
        chance = rng.random()
        if chance < _EMPTY:
            found[key] = []
        elif chance < _NULL:
            found[key] = [None]
        elif key in known:
            found[key] = known[key]
        else:
            kind = field["type"]
            count = rng.span(1, 3) if kind == "MULTISELECTBOX" else 1
            make = _TEXTS.get(str(kind), _choice)
            found[key] = [make(rng) for _ in range(count)]
    return found


def _choice(rng: Dice) -> str:
    return rng.pick(_CHOICES)


def _day(rng: Dice) -> str:
    return f"20{rng.span(20, 29)}-{rng.span(1, 12):02d}-{rng.span(1, 28):02d}"


def _moment(rng: Dice) -> str:
    return f"{rng.below(24):02d}:{rng.below(60):02d}"


_TEXTS: dict[str, Callable[[Dice], str]] = {
    "ADDRESS": people.address,
    "CHECKBOX": lambda _: "1",
    "DATE": _day,
    "DATETIME": lambda rng: f"{_day(rng)} {_moment(rng)}:00",
    "EMAIL": lambda rng: people.email(rng, people.person(rng)),
    "HTML": lambda rng: f"<p>{texts.sentences(rng, 1)}</p>",
    "PHONE": people.phone,
    "TEXT": lambda rng: str(rng.span(10**7, 10**8 - 1)),
    "TEXTAREA": lambda rng: texts.sentences(rng, 2),
    "TIME": _moment,
    "URL": lambda _: "https://www.example.com/?a=1&b=2",
}
