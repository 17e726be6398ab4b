"""What `make clients` found, as the tables of docs/client.md."""

from collections.abc import Iterable, Mapping

from tests.helpers.clients.abilities import OPENING, OPERATORS, ROWS
from tests.helpers.clients.costs import MOVES, WAYS, Cost, Moved
from tests.helpers.documents import marked
from tests.helpers.documents.marked import table

CAN, TAKES = "can", "takes"
CLIENTS = ("`daktela`", "`tap_daktela`")


def can(outcomes: Mapping[str, tuple[str, str]]) -> str:
    """Return what each client can do, and what becomes of a reading in trouble: `outcomes` by trouble."""
    wishes = [(one.what, _cell(one.vendor, one.vendor_note), _cell(one.ours, one.ours_note)) for one in OPENING + ROWS]
    filters = [(f"`{name}`", _cell(vendor), _cell(ours)) for name, (vendor, ours) in OPERATORS.items()]
    troubles = [(what, *found) for what, found in outcomes.items()]
    parts = (("You want", wishes), ("You filter by", filters), ("It happens", troubles))
    return "\n\n".join(table((title, *CLIENTS), rows) for title, rows in parts)


def takes(costs: Mapping[str, Iterable[Cost]], moved: Mapping[str, Iterable[Moved]]) -> str:
    """Return what each task takes in each of `WAYS`, and for each of `MOVES` what is lost in each of `BUSY_WAYS`."""
    quiet = [(what, *(f"{one.requests:,}, {_size(one.bytes)}" for one in found)) for what, found in costs.items()]
    busy = [(way, *(_moved(one) for one in found)) for way, found in moved.items()]
    first = table(("Requests and bytes", *(way.name for way in WAYS)), quiet)
    return f"{first}\n\n{table(('Before each request', *MOVES), busy)}"


def filled(page: str, parts: Mapping[str, str]) -> str:
    """Return the page with `parts` between their markers."""
    for name, content in parts.items():
        page = marked.filled(page, f"<!-- clients: {name} -->", "<!-- end -->", content)
    return page


def _cell(code: str, note: str = "") -> str:
    shown = f"`{code}`".replace("|", "\\|") if code else "no"
    return f"{shown} ({note})" if note else shown


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def _moved(found: Moved) -> str:
    wrong = [f"**{found.lost:,} lost**"] * (found.lost > 0) + [f"{found.twice:,} twice"] * (found.twice > 0)
    return f"{', '.join(wrong) or 'all rows, once'}; {found.requests:,} requests"
