"""Which column of which stream holds the key of another stream's row, and which streams a chapter is about."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tap_daktela.catalog.entries import Entry
from tap_daktela.catalog.fields import FieldType
from tap_daktela.catalog.streams import FAMILIES, STREAMS

CHAPTERS: dict[str, tuple[str, ...]] = {
    "Calls and activities": ("Activities", "Calls"),
    "E-mails and messages": ("E-mails and messages",),
    "Tickets and service levels": ("Tickets",),
    "Contacts and CRM": ("CRM",),
    "Campaigns": ("Campaigns",),
    "People, queues and workflow": ("People", "Queues and telephony", "Workflow and quality"),
    "Knowledge base": ("Knowledge base",),
    "The tap itself": ("Runs of the tap",),
}
"""The families of each chapter, which has one drawing if a stream of it is on by default. Its name is none of a stream,
whose anchor it would take."""

FAR = 3
"""Streams that so many other chapters lead to are hubs: lines to them would cross every drawing."""


@dataclass(frozen=True)
class Relation:
    """The column `column` of the stream `source` holds a key of the stream `target`, or null if it is `optional`."""

    source: str
    column: str
    target: str
    optional: bool


class Relations:
    """All relations between streams, in the order of the catalog.

    - `known`: the entries of the catalog.
    - `hubs`: the default streams that default streams of `FAR` or more other chapters lead to.
    """

    def __init__(self, known: Mapping[str, Entry]) -> None:
        self.known = known
        self._all = [relation for entry in known.values() for relation in _relations(entry)]
        self.hubs = self._hubs()

    def _hubs(self) -> list[str]:
        chapters: defaultdict[str, set[str]] = defaultdict(set)
        for relation in self._all:
            if self.known[relation.source].selected:
                chapters[relation.target].add(self.chapter(relation.source))
        return [name for name in self.known if len(chapters[name] - {self.chapter(name)}) >= FAR]

    def chapter(self, name: str) -> str:
        """Return the chapter that has a stream."""
        stream = self.known[name].stream
        [family] = [family for family, streams in FAMILIES.items() if stream in streams]
        [chapter] = [chapter for chapter, families in CHAPTERS.items() if family in families]
        return chapter

    def streams(self, chapter: str) -> list[str]:
        """Return the streams of a chapter."""
        return [name for name in self.known if self.chapter(name) == chapter]

    def of(self, name: str) -> list[Relation]:
        """Return the relations of one stream to others."""
        return [relation for relation in self._all if relation.source == name]

    def drawn(self, relation: Relation) -> bool:
        """Return whether a relation is a line in the drawing of its chapter."""
        ends = {relation.source, relation.target}
        near = self.chapter(relation.source) == self.chapter(relation.target) or relation.target not in self.hubs
        return near and len(ends) > 1 and all(self.known[name].selected for name in ends)


def _relations(entry: Entry) -> Iterator[Relation]:
    """Yield the relations of a stream: its own, or those of a derived stream to its parent and its elements."""
    names = {stream.endpoint: stream.name for stream in STREAMS}
    if entry.derived is not None:
        yield Relation(entry.name, entry.derived.parent_key, entry.stream.name, optional=False)
        [element] = [field for field in entry.stream.fields if field.api == entry.derived.api]
        if element.to:
            yield Relation(entry.name, entry.key[1], names[element.to], optional=False)
        return
    for field in entry.stream.fields:
        column = field.columns[0]
        own = field.to == entry.stream.endpoint and column.api_name == field.api  # What the row itself is called.
        if field.to and not own and column.selected and column.type is not FieldType.RECORDS:
            yield Relation(entry.name, column.name, names[field.to], optional=column.nullable)
