"""An instance in use: rows are edited, deleted and added before each list request."""

import random

from tap_daktela.sandbox.options import SandboxOptions
from tap_daktela.sandbox.storage.tables import SandboxTable
from tap_daktela.sandbox.world.world import World


def edit_hot_row(world: World, options: SandboxOptions) -> None:
    """Edit the oldest row of the endpoint that `--hot` names."""
    if options.hot:
        world.edit(options.hot, list(world.store[options.hot].by_key)[:1])


def change_rows(world: World, table: SandboxTable, options: SandboxOptions, rng: random.Random) -> None:
    """Edit, delete or add rows of a table, as the options say."""
    if options.churn:
        keys = list(world.store[table.name].by_key)
        for key in rng.sample(keys, min(options.churn_rows, len(keys))):
            kind = rng.choice(("edit", "delete")) if options.churn == "mixed" else options.churn
            if kind == "edit":
                world.edit(table.name, [key])
            else:
                world.delete(table.name, [key])
    if options.churn_add:
        world.add(table.name, 1)
