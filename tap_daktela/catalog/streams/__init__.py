"""Every stream that the tap knows, as data, in the order of the catalog.

To add a stream, write a `Stream(...)` into the module of its family. The schema, the requested fields, the tables and
the documentation follow from it.
"""

from tap_daktela.catalog.fields import Stream
from tap_daktela.catalog.streams import (
    activities,
    calls,
    campaigns,
    crm,
    emails,
    knowledge,
    messages,
    people,
    runs,
    telephony,
    tickets,
    workflow,
)

FAMILIES: dict[str, tuple[Stream, ...]] = {
    "Activities": activities.STREAMS,
    "Calls": calls.STREAMS,
    "E-mails and messages": (*emails.STREAMS, *messages.STREAMS),
    "Tickets": tickets.STREAMS,
    "CRM": crm.STREAMS,
    "Campaigns": campaigns.STREAMS,
    "People": people.STREAMS,
    "Queues and telephony": telephony.STREAMS,
    "Workflow and quality": workflow.STREAMS,
    "Knowledge base": knowledge.STREAMS,
    "Runs of the tap": runs.STREAMS,
}
"""All streams by the headings under which the documentation lists them, in the order of the catalog."""

ALL_STREAMS: tuple[Stream, ...] = tuple(stream for family in FAMILIES.values() for stream in family)

STREAMS: tuple[Stream, ...] = tuple(stream for stream in ALL_STREAMS if not stream.ledger)
"""The streams that are lists of the instance."""
