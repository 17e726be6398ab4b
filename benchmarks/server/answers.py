"""Answers to the targets of requests, kept in memory: what was asked before costs nothing."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

_KEPT_BYTES = 3 * 2**30


@dataclass
class Answer:
    """A status and a body, plain or compressed, with the number of rows that the database had to skip for it."""

    status: HTTPStatus
    body: bytes
    skipped: int = 0
    _compressed: bytes = b""

    @property
    def compressed(self) -> bytes:
        """The body as a web server compresses it on the fly."""
        if not self._compressed:
            self._compressed = gzip.compress(self.body, 5)
        return self._compressed


class Source(Protocol):
    """Something with rows that can answer a request by its target."""

    def answer(self, target: str) -> Answer:
        """Return the answer to a request."""
        ...

    def sizes(self) -> dict[str, int]:
        """Return how many rows each endpoint has."""
        ...


class Answers:
    """The answers of all sources. `made` counts those that were not in memory yet."""

    def __init__(self) -> None:
        self.made = 0
        self._kept: dict[tuple[Source, str], Answer] = {}
        self._size = 0

    def get(self, source: Source, target: str) -> Answer:
        """Return the answer of a source."""
        answer = self._kept.get((source, target))
        if answer is None:
            answer = source.answer(target)
            self.made += 1
            self._size += len(answer.body)
            if self._size < _KEPT_BYTES:
                self._kept[source, target] = answer
        return answer
