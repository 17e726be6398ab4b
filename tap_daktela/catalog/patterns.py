"""Patterns that choose streams and fields, as Meltano has them: `tickets.*`, `!*.description`, `activities_call`, `*`.

A pattern is the name of a stream, a dot, and the name of a field. In both, `*`, `?` and `[...]` stand for other
characters. A stream alone means all of its fields. What lies within a field follows after another dot:
`tickets.statuses.title`. A pattern with `!` leaves out, and wins over the others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.fields import EMBEDDED, Column, FieldType
from tap_daktela.catalog.names import stream_named, unknown_stream
from tap_daktela.errors import ConfigError
from tap_daktela.nearest import hint

EVERYTHING = "*"

_WILD = frozenset("*?[")


@dataclass(frozen=True)
class Pattern:
    """One pattern: its `text`, whether it `excludes`, and what it says about streams and fields."""

    text: str
    excludes: bool
    stream: str
    field: str

    def is_for(self, stream: str) -> bool:
        """Tell whether the pattern is about `stream`."""
        return fnmatchcase(stream, self.stream)

    def has(self, field: str) -> bool:
        """Tell whether the pattern names `field`, which is dotted if it is a part of a column."""
        return fnmatchcase(field, self.field)

    def reaches_into(self, column: str) -> bool:
        """Tell whether the pattern names parts of `column`."""
        return bool(self.within) and fnmatchcase(column, self.field.partition(".")[0])

    @property
    def within(self) -> str:
        """What the pattern says of the parts of a column; "" if it names columns."""
        return self.field.partition(".")[2]

    @property
    def is_open(self) -> bool:
        """Whether the pattern stands for parts that it does not name."""
        return not _WILD.isdisjoint(self.within)


def parsed(texts: Iterable[str], known: Mapping[str, Entry]) -> list[Pattern]:
    """Return the patterns. Streams may go by the names that Daktela has or had for them."""
    parts = [(text, *text.removeprefix("!").partition(".")) for text in texts]
    return [
        Pattern(text, text.startswith("!"), stream_named(stream, known) or stream, field if dot else EVERYTHING)
        for text, stream, dot, field in parts
    ]


def refuse_unknown(patterns: Iterable[Pattern], known: Mapping[str, Entry]) -> None:
    """Raise a ConfigError with the patterns that are malformed, or that name nothing of what is `known`."""
    problems = [problem for pattern in patterns if (problem := _problem(pattern, known))]
    if problems:
        raise ConfigError(*(f"select: {problem}" for problem in problems))


def _problem(pattern: Pattern, known: Mapping[str, Entry]) -> str:
    """Return what is wrong with a pattern; "" if it names something."""
    if not pattern.stream or not pattern.field:
        return f"'{pattern.text}' is no pattern; it is, for example, tickets, tickets.title, *.title or !*.description"
    entries = [entry for name, entry in known.items() if pattern.is_for(name)]
    if not entries:
        return f"'{pattern.text}': {unknown_stream(pattern.stream, known)}"
    columns = [column for entry in entries for column in entry.columns]
    if any(finds(pattern, column) for column in columns):
        return ""
    where = f"stream '{entries[0].name}' has no field" if len(entries) == 1 else "no such stream has a field"
    return f"'{pattern.text}': {where} '{pattern.field}'{hint(pattern.field, _names(columns))}"


def finds(pattern: Pattern, column: Column) -> bool:
    """Tell whether a pattern names a column or a part of it. Instances define custom fields as they like."""
    if column.type is FieldType.CUSTOM_FIELDS and pattern.reaches_into(column.name):
        return True
    return any(map(pattern.has, _names([column])))


def _names(columns: Iterable[Column]) -> list[str]:
    """Return the names of columns and, dotted, of their parts."""
    names = []
    for column in columns:
        names += [column.name, *(_dotted(column, item.name) for item in column.items)]
    return names


def _dotted(column: Column, part: str) -> str:
    return f"{column.name}.{part}"


class Chosen:
    """What patterns choose of the columns of one stream. Without any that include, they only leave out.

    `looked_for` tells whether somebody looked for the custom fields of the instance. If not, they have no known names.
    """

    def __init__(self, stream: str, patterns: Sequence[Pattern], *, looked_for: bool) -> None:
        self._looked_for = looked_for
        mine = [pattern for pattern in patterns if pattern.is_for(stream)]
        self._all = all(pattern.excludes for pattern in patterns)
        self._includes = [pattern for pattern in mine if not pattern.excludes]
        self._excludes = [pattern for pattern in mine if pattern.excludes]

    @property
    def stream(self) -> bool:
        """Whether the stream is chosen."""
        return (self._all or bool(self._includes)) and not any(one.field == EVERYTHING for one in self._excludes)

    def column(self, column: Column) -> Column | None:
        """Return what is chosen of a column; None for nothing. ConfigError if that cannot be told."""
        name = column.name
        whole = self._all or any(pattern.has(name) for pattern in self._includes)
        inner = [pattern for pattern in self._includes if pattern.reaches_into(name)]
        if any(pattern.has(name) for pattern in self._excludes) or not (whole or inner):
            return None
        if column.type in EMBEDDED:
            items = tuple(item for item in column.items if self._part(_dotted(column, item.name), whole=whole))
            return replace(column, items=items) if items else None
        if column.type is FieldType.CUSTOM_FIELDS:
            return self._custom_fields(column, whole=whole)
        return column if whole else None

    def _part(self, dotted: str, *, whole: bool) -> bool:
        included = whole or any(pattern.has(dotted) for pattern in self._includes)
        return included and not any(pattern.has(dotted) for pattern in self._excludes)

    def _custom_fields(self, column: Column, *, whole: bool) -> Column | None:
        """Return those custom fields that are chosen. Unless it is all of them, they have to be known by name."""
        included, excluded = (
            [one for one in patterns if one.reaches_into(column.name)] for patterns in (self._includes, self._excludes)
        )
        if any(one.within == EVERYTHING for one in excluded):
            return None
        if whole and not excluded:
            return column
        titles = dict(column.definitions)
        names = set(titles) if column.wanted is None else set(column.wanted)
        if column.wanted is None:
            names.update(one.within for one in included if not one.is_open)
            if not self._looked_for and (whole or any(one.is_open for one in included)):
                raise ConfigError(
                    f"select: '{[*excluded, *included][0].text}' needs a catalog, which alone knows the custom fields "
                    "of the instance; write one with --discover, and run with --catalog"
                )
        wanted = {name for name in names if self._part(_dotted(column, name), whole=whole)}
        known = tuple((name, title) for name, title in titles.items() if name in wanted)
        return replace(column, definitions=known, wanted=frozenset(wanted)) if wanted else None
