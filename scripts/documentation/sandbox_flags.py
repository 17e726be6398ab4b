"""The tables in docs/sandbox.md of the flags of the sandbox."""

import argparse

from documentation.markdown import cell
from tap_daktela.sandbox import command_line


def sandbox_flags() -> str:
    """Return the tables of the sandbox's flags, one for each group of them."""
    parser = command_line.build_parser()
    own = [group for group in parser._action_groups if group.title not in {"options", "positional arguments"}]  # noqa: SLF001 - argparse shows its groups nowhere else
    return "\n".join(_flag_table(group) for group in own)


def _flag_table(group: argparse._ArgumentGroup) -> str:
    title = (group.title or "").capitalize()
    rows = [f"| `{_spelled(action)}` | {cell(action.help or '')} |" for action in group._group_actions]  # noqa: SLF001 - argparse shows its groups nowhere else
    return "\n".join([f"**{title}**", "", "| Flag | Meaning |", "|---|---|", *rows]) + "\n"


def _spelled(action: argparse.Action) -> str:
    """Return a flag with its values, as it is typed."""
    if action.choices is not None:
        values = ["\\|".join(str(choice) for choice in action.choices if choice != "")]
    elif action.nargs == 0:
        values = []
    elif isinstance(action.metavar, tuple):
        values = list(action.metavar)
    else:
        values = [cell(action.metavar or action.dest.rpartition("_")[2].upper())]
    return " ".join([action.option_strings[-1], *values])
