"""How many rows lists have in many windows: asked for one small request each, several at a time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from tap_daktela import probing
from tap_daktela.catalog.fields import Stream
from tap_daktela.daktela.client import Client, Page
from tap_daktela.daktela.query import Filter


@dataclass(frozen=True)
class Count:
    """How many rows a list has: `rows`, or None where that is `unknown` for the reason given.

    `requests` were sent to find out, and `received` bytes came.
    """

    rows: int | None
    unknown: str = ""
    requests: int = 0
    received: int = 0


def count_all(client: Client, questions: Sequence[tuple[Stream, Filter | None]]) -> list[Count]:
    """Return the number of rows of each stream that pass a filter, in the order of the `questions`.

    AccessError if the instance refuses the token itself, UnreachableError if it is not there.
    """
    with client.probing() as most, ThreadPoolExecutor(most) as pool:
        return list(pool.map(lambda question: _count(client, *question), questions))


def _count(client: Client, stream: Stream, wanted: Filter | None) -> Count:
    query = replace(probing.any_row(stream), filter=wanted)
    pages: list[Page] = []
    # A server that counts only the rows of the page says 1, too.
    while not pages or (len(pages) == 1 and pages[0].total == 1):
        probe = probing.probe_one(client, stream, replace(query, skip=len(pages)))
        if probe.page is None:
            return Count(None, str(probe.refusal or probe.trouble))
        pages.append(probe.page)
    total, unknown = _total(pages)
    return Count(total, unknown, sum(page.attempts for page in pages), sum(page.size for page in pages))


def _total(pages: Sequence[Page]) -> tuple[int | None, str]:
    """Return the total that came with pages of at most one row, and why it cannot be used."""
    first, *behind = pages
    if first.total is None:
        return None, "the instance tells no total"
    if bool(first.total) != bool(first.rows):
        return None, f"the instance promises {first.total} rows, and gives {'some' if first.rows else 'none'}"
    if any(page.rows for page in behind):
        return None, "the instance counts only the rows of a page"
    return first.total, ""
