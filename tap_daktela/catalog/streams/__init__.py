"""Every stream that the tap knows, as data: one tuple, in the order of the catalog.

To add a stream, write a `Stream(...)` into the module of its family. All else follows from it: its schema, what is
asked of the server, its tables and its documentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_daktela.catalog.streams import (
    activities,
    calls,
    campaigns,
    crm,
    emails,
    knowledge,
    messages,
    people,
    telephony,
    tickets,
    workflow,
)
from tap_daktela.catalog.streams.common import LEFT_OUT, NEVER_ASKED

if TYPE_CHECKING:
    from tap_daktela.catalog.fields import Stream

__all__ = ["LEFT_OUT", "NEVER_ASKED", "STREAMS"]

STREAMS: tuple[Stream, ...] = (
    *activities.STREAMS,
    *calls.STREAMS,
    *emails.STREAMS,
    *messages.STREAMS,
    *tickets.STREAMS,
    *crm.STREAMS,
    *campaigns.STREAMS,
    *people.STREAMS,
    *telephony.STREAMS,
    *workflow.STREAMS,
    *knowledge.STREAMS,
)
