"""The control API of the sandbox: what a test asks about the world, and does to it, from outside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from tap_daktela.sandbox import options as settings
from tap_daktela.sandbox.answers import Answer, plain
from tap_daktela.sandbox.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_daktela.sandbox.server import Sandbox


class Control:
    """Answers requests below `/sandbox/`. No authentication: the server listens on the loopback only."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._calls: dict[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("GET", "ledger"): self._ledger,
            ("GET", "requests"): lambda _: {"requests": list(sandbox.requests)},
            ("POST", "reset-requests"): lambda _: self._reset(),
            ("POST", "advance"): self._advance,
            ("POST", "add"): self._add,
            ("POST", "edit"): self._edit,
            ("POST", "delete"): self._delete,
            ("POST", "rows"): self._rows,
            ("POST", "clear"): self._clear,
            ("POST", "options"): self._options,
        }

    def answer(self, method: str, name: str, query: str, body: bytes) -> Answer:
        """The answer to one call: 404 for an unknown one, 400 with `error` for one that makes no sense."""
        call = self._calls.get((method, name))
        if call is None:
            return plain({"error": f"no such call: {method} {name}"}, 404)
        try:
            asked = json.loads(body) if body else dict(parse_qsl(query))
            with self._sandbox.world.store.lock:
                return plain(call(asked))
        except KeyError as error:
            return plain({"error": f"missing or unknown: {error}"}, 400)
        except (ValueError, TypeError) as error:
            return plain({"error": str(error)}, 400)

    def _table(self, asked: dict[str, Any]) -> str:
        name = str(asked["endpoint"])
        name = "activitiesWeb" if name == "activitiesChat" else name
        if not TABLES[name].listed:
            raise KeyError(name)
        return name

    def _ledger(self, asked: dict[str, Any]) -> Any:
        names = [self._table(asked)] if "endpoint" in asked else [name for name in TABLES if TABLES[name].listed]
        return {name: self._account(name) for name in names}

    def _account(self, name: str) -> Any:
        rows = self._sandbox.world.store[name]
        axes = rows.table.axes
        return {
            "rows": {str(key): {axis: row.get(axis) for axis in axes} for key, row in rows.by_key.items()},
            "touched": sorted(map(str, rows.touched)),
            "deleted": sorted(map(str, rows.deleted)),
        }

    def _reset(self) -> Any:
        self._sandbox.requests.clear()
        self._sandbox.api.plan.restart()
        return {}

    def _advance(self, asked: dict[str, Any]) -> Any:
        clock = self._sandbox.world.clock
        clock.advance(float(asked["seconds"]))
        return {"now": clock.now_text()}

    def _add(self, asked: dict[str, Any]) -> Any:
        return {"keys": self._sandbox.world.add(self._table(asked), int(asked.get("count", 1)))}

    def _chosen(self, asked: dict[str, Any]) -> list[Any]:
        """The keys that were named, or so many that exist, chosen at random."""
        if "keys" in asked:
            return list(asked["keys"])
        keys = list(self._sandbox.world.store[self._table(asked)].by_key)
        return self._sandbox.world.dice.sample(keys, min(int(asked["count"]), len(keys)))

    def _edit(self, asked: dict[str, Any]) -> Any:
        return {"keys": self._sandbox.world.edit(self._table(asked), self._chosen(asked))}

    def _delete(self, asked: dict[str, Any]) -> Any:
        return {"keys": self._sandbox.world.delete(self._table(asked), self._chosen(asked))}

    def _rows(self, asked: dict[str, Any]) -> Any:
        return {"keys": self._sandbox.world.upsert(self._table(asked), asked["rows"])}

    def _clear(self, asked: dict[str, Any]) -> Any:
        store = self._sandbox.world.store
        for name in [self._table(asked)] if "endpoint" in asked else TABLES:
            store[name].clear()
        return {}

    def _options(self, asked: dict[str, Any]) -> Any:
        self._sandbox.change(settings.change(self._sandbox.api.options, asked))
        if "fault" in asked or "clock_jump" in asked:
            self._sandbox.api.plan.restart()
        return {}
