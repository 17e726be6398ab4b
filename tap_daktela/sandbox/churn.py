"""An instance in use: rows that are edited, deleted and added between any two list requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from tap_daktela.sandbox.options import Options
    from tap_daktela.sandbox.tables import Table
    from tap_daktela.sandbox.world import World


def keep_hot(world: World, options: Options) -> None:
    """Edit the oldest row of the hot endpoint."""
    if options.hot:
        world.edit(options.hot, list(world.store[options.hot].by_key)[:1])


def churn(world: World, table: Table, options: Options, dice: random.Random) -> None:
    """Edit, delete or add rows of a table as the options ask. The store remembers what was touched."""
    if options.churn:
        keys = list(world.store[table.name].by_key)
        for key in dice.sample(keys, min(options.churn_rows, len(keys))):
            kind = dice.choice(("edit", "delete")) if options.churn == "mixed" else options.churn
            if kind == "edit":
                world.edit(table.name, [key])
            else:
                world.delete(table.name, [key])
    if options.churn_add:
        world.add(table.name, 1)
