"""The control API: how a test reads the truth about the rows from outside, and changes rows, clock and options."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from tap_daktela.sandbox import command_line
from tap_daktela.sandbox.api.replies import Reply, json_reply
from tap_daktela.sandbox.http.state import SandboxState
from tap_daktela.sandbox.storage.tables import TABLES


class ControlApi:
    """Replies to requests below `/sandbox/`. It needs no login, since the server listens on the loopback only."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state
        self._calls: dict[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("GET", "ledger"): self._ledger,
            ("GET", "requests"): lambda _: {"requests": list(state.requests)},
            ("POST", "reset-requests"): lambda _: self._reset_requests(),
            ("POST", "advance"): self._advance,
            ("POST", "add"): self._add,
            ("POST", "edit"): self._edit,
            ("POST", "delete"): self._delete,
            ("POST", "erase"): self._erase,
            ("POST", "rows"): self._rows,
            ("POST", "clear"): self._clear,
            ("POST", "options"): self._options,
        }

    def reply(self, method: str, name: str, query: str, body: bytes) -> Reply:
        """The reply to one call: 404 for an unknown one, 400 with `error` for a wrong one."""
        call = self._calls.get((method, name))
        if call is None:
            return json_reply({"error": f"no such call: {method} {name}"}, 404)
        try:
            asked = json.loads(body) if body else dict(parse_qsl(query))
            with self._state.world.store.lock:
                return json_reply(call(asked))
        except KeyError as error:
            return json_reply({"error": f"missing or unknown: {error}"}, 400)
        except (ValueError, TypeError) as error:
            return json_reply({"error": str(error)}, 400)

    def _table(self, asked: dict[str, Any]) -> str:
        name = str(asked["endpoint"])
        name = "activitiesWeb" if name == "activitiesChat" else name
        if not TABLES[name].listed:
            raise KeyError(name)
        return name

    def _ledger(self, asked: dict[str, Any]) -> Any:
        names = [self._table(asked)] if "endpoint" in asked else [name for name in TABLES if TABLES[name].listed]
        return {name: self._table_ledger(name) for name in names}

    def _table_ledger(self, name: str) -> Any:
        rows = self._state.world.store[name]
        axes = rows.table.axes
        return {
            "rows": {str(key): {axis: row.get(axis) for axis in axes} for key, row in rows.by_key.items()},
            "touched": sorted(map(str, rows.touched)),
            "deleted": sorted(map(str, rows.deleted)),
        }

    def _reset_requests(self) -> Any:
        self._state.requests.clear()
        self._state.api.counter.restart()
        return {}

    def _advance(self, asked: dict[str, Any]) -> Any:
        clock = self._state.world.clock
        clock.advance(float(asked["seconds"]))
        return {"now": clock.now_text()}

    def _add(self, asked: dict[str, Any]) -> Any:
        return {"keys": self._state.world.add(self._table(asked), int(asked.get("count", 1)))}

    def _keys(self, asked: dict[str, Any]) -> list[Any]:
        """The given `keys`, or `count` random keys of the table."""
        if "keys" in asked:
            return list(asked["keys"])
        keys = list(self._state.world.store[self._table(asked)].by_key)
        return self._state.world.rng.sample(keys, min(int(asked["count"]), len(keys)))

    def _edit(self, asked: dict[str, Any]) -> Any:
        return {"keys": self._state.world.edit(self._table(asked), self._keys(asked))}

    def _delete(self, asked: dict[str, Any]) -> Any:
        return {"keys": self._state.world.delete(self._table(asked), self._keys(asked))}

    def _erase(self, asked: dict[str, Any]) -> Any:
        return {"keys": self._state.world.erase(self._keys({"endpoint": "activities", **asked}))}

    def _rows(self, asked: dict[str, Any]) -> Any:
        return {"keys": self._state.world.upsert(self._table(asked), asked["rows"])}

    def _clear(self, asked: dict[str, Any]) -> Any:
        store = self._state.world.store
        for name in [self._table(asked)] if "endpoint" in asked else TABLES:
            store[name].clear()
        return {}

    def _options(self, asked: dict[str, Any]) -> Any:
        self._state.change(command_line.change(self._state.api.options, asked))
        if "fault" in asked or "clock_jump" in asked:
            self._state.api.counter.restart()
        return {}
