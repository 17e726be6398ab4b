"""The sentence on top of the page: whether everything is there, and if not, why."""

from typing import Any, NamedTuple

from tap_daktela.report_page.words import counted, listed, local


class Verdict(NamedTuple):
    """How the run ended: `kind` is `good`, `bad` or `open`, `mark` a sign; `reasons` say of which stream why."""

    kind: str
    mark: str
    sentence: str
    reasons: list[tuple[str, str]]


def verdict(document: dict[str, Any]) -> Verdict:
    """Return the verdict on the run of a report."""
    endpoints = document["endpoints"]
    if document["ended"] is None:
        text = "This run has not ended. If nothing runs any more, it was killed: run it again."
        return Verdict("open", "…", text, [])
    if document["complete"]:
        upto = local(document["to"], document["timezone"])
        streams = counted(sum(len(one["streams"]) for one in endpoints), "stream")
        if not document["skipped"]:
            return Verdict("good", "✓", f"Complete up to {upto}: {streams}, everything that was selected.", [])
        skipped = counted(len(document["skipped"]), "stream")
        text = f"Complete up to {upto}: {streams}. Left out, as on_denied says: {skipped} that the user may not read."
        return Verdict("good", "✓", text, [(name, _why(name, why)) for name, why in document["skipped"].items()])
    failed = [one for one in endpoints if one["failure"]]
    unread = [one for one in endpoints if not one["failure"] and not one["complete"]]
    reasons = [(_named(one), _why(one["stream"], one["failure"])) for one in failed]
    if not failed:
        reasons = [("Not read to their end", listed([one["stream"] for one in unread], 30))] if unread else []
        return Verdict("bad", "✗", f"Not complete: {document['failure']}.", reasons)
    text = f"Not complete: {listed([one['stream'] for one in failed], 4)} failed."
    if unread:
        text += f" The run ended before {counted(len(unread), 'other list')} had been read."
    elif len(failed) < len(endpoints):
        text += f" All others were read up to {local(document['to'], document['timezone'])}."
    return Verdict("bad", "✗", text, reasons)


def _why(stream: str, reason: str) -> str:
    return reason.removeprefix(f"{stream}: ")


def _named(endpoint: dict[str, Any]) -> str:
    """Return the name of an endpoint's stream, with the other streams that are made of its rows."""
    others = [name for name in endpoint["streams"] if name != endpoint["stream"]]
    return f"{endpoint['stream']} (and {listed(others)})" if others else str(endpoint["stream"])
