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
_NO_VALUES: tuple[list[Any], ...] = ([], [None])
_DIFFERENT = 1000
"""So many different ones are drawn for each table."""


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


class Values:
    """Draws the custom fields of rows: for each a list of texts, some empty, some with null.

    Large worlds repeat them, which saves time and memory: nobody may change what was drawn.
    """

    def __init__(self, rng: Dice, defined: Mapping[str, Mapping[str, Mapping[str, object]]]) -> None:
        self._rng = rng
        self._defined = defined
        self._drawn: dict[str, list[dict[str, list[Any]]]] = {}

    def draw(self, table: str, known: Mapping[str, list[Any]]) -> dict[str, list[Any]] | None:
        """The custom fields of a row of this table; None for a row without any.

        `known` has the values of fields that are not random, such as the e-mail addresses of a contact.
        """
        if self._rng.random() < _NONE_AT_ALL:
            return None
        drawn = self._drawn.setdefault(table, [])
        if len(drawn) < _DIFFERENT:
            found = {key: self._value(str(field["type"])) for key, field in self._defined[table].items()}
            drawn.append(found)
        else:
            found = self._rng.pick(drawn)
        if not known:
            return found
        return {**found, **{key: value for key, value in known.items() if found[key] not in _NO_VALUES}}

    def _value(self, kind: str) -> list[Any]:
        chance = self._rng.random()
        if chance < _EMPTY:
            return []
        if chance < _NULL:
            return [None]
        make = _TEXTS.get(kind, _choice)
        return [make(self._rng) for _ in range(self._rng.span(1, 3) if kind == "MULTISELECTBOX" else 1)]


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
    "HTML": lambda rng: f"<p>{texts.two_sentences(rng)}</p>",
    "PHONE": people.phone,
    "TEXT": lambda rng: str(rng.span(10**7, 10**8 - 1)),
    "TEXTAREA": texts.two_sentences,
    "TIME": _moment,
    "URL": lambda _: "https://www.example.com/?a=1&b=2",
}
