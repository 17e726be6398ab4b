"""The description of the tap: for people (`markdown`), for machines (`json`), and as a plugin (`meltano`)."""

import json
from collections.abc import Mapping

from tap_daktela import __version__
from tap_daktela.catalog.entries import Entry
from tap_daktela.meltano import CAPABILITIES, DESCRIPTION, extractor
from tap_daktela.settings import Settings, as_json_schema
from tap_daktela.settings.declared import markdown_table


def about(form: str, known: Mapping[str, Entry]) -> str:
    """Return the description of the tap as `json`, `markdown` or `meltano`."""
    if form == "meltano":
        return extractor(known)
    if form == "json":
        content = {
            "name": "tap-daktela",
            "description": DESCRIPTION,
            "version": __version__,
            "capabilities": CAPABILITIES,
            "settings": as_json_schema(),
            "streams": list(known),
        }
        return json.dumps(content, indent=2)
    capabilities = ", ".join(f"`{name}`" for name in CAPABILITIES)
    parts = (
        f"# tap-daktela {__version__}\n\n{DESCRIPTION}.\n\nCapabilities: {capabilities}\n",
        f"## Settings\n\n{markdown_table(Settings, 'Setting')}",
        f"## Streams\n\n{streams_table(known)}",
    )
    return "\n".join(parts)


def streams_table(known: Mapping[str, Entry], name_cell: str = "`{0}`") -> str:
    """Return the table of the streams, ending in a line break; `name_cell` is the template of its first column."""
    lines = ["| Stream | Key | Read by | Default | What it is |", "|---|---|---|---|---|"]
    for name, entry in known.items():
        key = ", ".join(f"`{column}`" for column in entry.key) or "none"
        default = "yes" if entry.selected else ""
        lines.append(f"| {name_cell.format(name)} | {key} | {how_read(entry)} | {default} | {entry.description} |")
    return "\n".join(lines) + "\n"


def how_read(entry: Entry) -> str:
    """Return a few words on how a stream is read."""
    if entry.parent is not None:
        return f"rows of `{entry.parent}`"
    if entry.stream.ledger:
        return "what a run counts"
    axes = []
    for axis in entry.stream.axes:
        text = f"`{axis.name}`"
        if axis.only_where_unset:
            text += f" where `{axis.only_where_unset}` is empty"
        if axis.lookback:
            text += ", looking back"
        axes.append(text)
    whole = "whole table" if entry.versioned else "whole table, without what was purged"
    return "; ".join(axes) or whole
