"""The invented instance as a whole, and the changes of its rows while the server runs."""

from collections.abc import Callable, Iterable
from typing import Any

from tap_daktela.sandbox.clock import SandboxClock, parse_instant
from tap_daktela.sandbox.credentials import credentials_of
from tap_daktela.sandbox.options import SandboxOptions
from tap_daktela.sandbox.storage.store import Store
from tap_daktela.sandbox.storage.tables import ITEMS, TABLES, ColumnType, Key, Row, SandboxTable
from tap_daktela.sandbox.world.activities.activity_maker import ActivityMaker
from tap_daktela.sandbox.world.company import company, knowledge_base, small_lists
from tap_daktela.sandbox.world.crm.crm_records import CrmRecordMaker
from tap_daktela.sandbox.world.crm.customers import CustomerMaker
from tap_daktela.sandbox.world.crm.tickets import TicketMaker
from tap_daktela.sandbox.world.invented import custom_fields
from tap_daktela.sandbox.world.invented.dice import Dice
from tap_daktela.sandbox.world.invented.dirt import NASTY
from tap_daktela.sandbox.world.invented.moments import Calendar
from tap_daktela.sandbox.world.rare_values import fill_rare_columns
from tap_daktela.sandbox.world.row_maker import RowMaker

_PROPORTIONS = {"accounts": 0.08, "contacts": 0.5, "tickets": 0.4, "crmRecords": 0.12, "campaignsRecords": 0.25}
"""The number of rows for each activity."""

_ALONE = 0.02
"""The number of calls and e-mails without an activity, for each activity."""

_IMPORT_SHARE = 0.4
_IMPORT_SIZES = (50, 300)


_ERASED_EVERY = 12
_PERSONAL = frozenset({"contact", "customFields", "attachments"})
"""Columns of an activity that are lost with its personal data."""


class World:
    """An instance: clock, credentials and rows. The same seed and start of the clock give the same instance."""

    def __init__(self, options: SandboxOptions) -> None:
        start = parse_instant(options.now) if options.now else None
        self.clock = SandboxClock(options.timezone, start, freeze=options.freeze, skew=options.clock_skew)
        self.credentials = credentials_of(options.seed)
        self.rng = Dice(options.seed)
        self.store = Store()
        self.store.custom_fields.update(custom_fields.schemes())
        self._calendar = Calendar(self.rng, self.clock, self.clock.now(), options.days)
        self._maker = RowMaker(self.store, self.rng, self._calendar, clean=options.clean)
        company.build(self.store, self.rng, self.credentials, options.rows)
        self._maker.know_workers()
        small_lists.build(self._maker)
        customers = CustomerMaker(self._maker)
        tickets = TicketMaker(self._maker, customers)
        records = CrmRecordMaker(self._maker, customers)
        self._make_row: dict[str, Callable[[int], Key]] = {
            "accounts": customers.account,
            "contacts": customers.contact,
            "tickets": tickets.ticket,
            "crmRecords": records.crm_record,
            "campaignsRecords": records.campaigns_record,
        }
        self._build_crm(options.rows)
        self._activities = ActivityMaker(self._maker, tickets, customers, options.rows)
        self._make_row["activities"] = self._activities.activity
        self._build_activities(options.rows)
        knowledge_base.build(self._maker)
        if not options.clean:
            self._put_nasty_texts()
        fill_rare_columns(self._maker)
        self._erase_old_activities()
        self.store.forget_changes()

    def add(self, name: str, count: int) -> list[Key]:
        """Add rows that are created now, with their activities or items. Return the keys in this table."""
        now = int(self.clock.now())
        self._calendar.now = max(self._calendar.now, now)
        if name in self._make_row:
            return [self._make_row[name](now) for _ in range(count)]
        kinds = [kind for kind, table in ITEMS.items() if table == name]
        if kinds:
            activities = [self._activities.activity(now, kinds[0]) for _ in range(count)]
            return [self.store["activities"].by_key[activity]["item"] for activity in activities]
        return self.upsert(name, [{} for _ in range(count)])

    def edit(self, name: str, keys: Iterable[Key]) -> list[Key]:
        """Edit rows: their last change is now. Return their keys without the unknown ones."""
        rows, now = self.store[name], self.clock.now_text()
        known = [key for key in keys if key in rows.by_key]
        for key in known:
            rows.edit(key, self._edited(rows.table, rows.by_key[key], now))
        return known

    def delete(self, name: str, keys: Iterable[Key]) -> list[Key]:
        """Delete rows. Return their keys without the unknown ones."""
        rows = self.store[name]
        known = [key for key in dict.fromkeys(keys) if key in rows.by_key]
        for key in known:
            rows.delete(key)
        return known

    def erase(self, keys: Iterable[Key]) -> list[Key]:
        """Remove personal data from activities, without a trace in their times. Return their keys."""
        rows = self.store["activities"]
        known = [key for key in dict.fromkeys(keys) if key in rows.by_key]
        for key in known:
            kept = {column: value for column, value in rows.by_key[key].items() if column not in _PERSONAL}
            rows.put({**kept, "title": "", "description": "", "anonymized": True})
            rows.touched.add(key)
        return known

    def upsert(self, name: str, rows: Iterable[Row]) -> list[Key]:
        """Insert or replace rows as they are given, and return their keys. ValueError for an unknown column."""
        table, now = self.store[name].table, self.clock.now_text()
        keys = []
        for given in rows:
            if unknown := sorted(set(given) - set(table.columns)):
                raise ValueError(f"{name} has no column {', '.join(unknown)}")
            row = {**self._defaults(table, now), **given}
            keys.append(row[table.key])
            if row[table.key] in self.store[name].by_key:
                self.store[name].touched.add(row[table.key])
            self._define(name, row.get("customFields") or {})
            row = {column: _stored(table, column, value) for column, value in row.items()}
            self.store.put(name, [row])
            self._link(name, row)
        return keys

    def _build_crm(self, rows: int) -> None:
        for name, share in _PROPORTIONS.items():
            count = int(rows * share)
            moments = self._calendar.moments(count)
            if name in {"contacts", "crmRecords", "campaignsRecords"}:
                moments = self._with_imports(moments)
            for moment in moments:
                self._make_row[name](moment)

    def _with_imports(self, moments: list[int]) -> list[int]:
        """Change moments so that some rows came in imports: many rows in the same second."""
        left = int(len(moments) * _IMPORT_SHARE)
        result = list(moments)
        position = 0
        while left > 1:
            size = min(self.rng.span(*_IMPORT_SIZES), left)
            result[position : position + size] = [moments[position]] * size
            position += 2 * size
            left -= size
        return sorted(result)

    def _build_activities(self, rows: int) -> None:
        alone = ((moment, True) for moment in self._calendar.moments(int(rows * _ALONE)) if self._maker.dirty(1))
        usual = ((moment, False) for moment in self._calendar.moments(rows))
        for moment, is_alone in sorted((*alone, *usual)):
            if is_alone:
                self._activities.alone(moment)
            else:
                self._activities.activity(moment)
        self._maker.end_history()

    def _put_nasty_texts(self) -> None:
        """Put the nasty texts into columns that people type into, in the middle of what happened."""
        for name, column in (("tickets", "title"), ("contacts", "description"), ("articles", "content")):
            rows = list(self.store[name])
            middle = max(len(rows) - len(NASTY), 0) // 2
            for row, text in zip(rows[middle:], NASTY, strict=False):
                row[column] = text

    def _erase_old_activities(self) -> None:
        """Remove personal data from some of what was closed in the first half of the history."""
        rows = list(self.store["activities"])
        self.erase([row["name"] for row in rows[: len(rows) // 2 : _ERASED_EVERY] if "time_close" in row])

    @staticmethod
    def _edited(table: SandboxTable, row: Row, now: str) -> Row:
        if table.stamp == "time_close":
            return {"time_close": now, "action": "CLOSE"}
        if table.stamp:
            return {table.stamp: now}
        if "duration" in table.columns:
            return {"duration": (row.get("duration") or 0) + 1}
        return {"title": f"{row.get('title', '')} *"} if "title" in table.columns else {}

    def _defaults(self, table: SandboxTable, now: str) -> Row:
        """The columns that a row gets if they are not given: key, title, times."""
        row: Row = {axis: now for axis in table.axes if axis != "time_close"}
        if "title" in table.columns:
            row["title"] = ""
        if table.key_type is ColumnType.INTEGER:
            row[table.key] = max((int(key) for key in self.store[table.name].by_key), default=0) + 1
        else:
            row[table.key] = self._maker.unique(table.name, self.clock.now())
        return row

    def _define(self, name: str, custom: dict[str, Any]) -> None:
        scheme = self.store.custom_fields.setdefault(name, {})
        for key in custom:
            scheme.setdefault(key, custom_fields.definition("TEXT", key))

    def _link(self, name: str, row: Row) -> None:
        """Add a given activity to its item."""
        target = ITEMS.get(row.get("type", "")) if name == "activities" else None
        items = self.store[target].by_key if target else {}
        item = items.get(row.get("item", ""))
        if item is not None and target and row["name"] not in item.get("activities", ()):
            self.store[target].put({**item, "activities": [*item.get("activities", ()), row["name"]]})


def _stored(table: SandboxTable, column: str, value: Any) -> Any:
    """A given value as it is stored: a relation as its key, empty custom fields as None."""
    kind, target = table.columns[column].type, table.columns[column].target
    if kind in {ColumnType.RELATION, ColumnType.ITEM} and isinstance(value, dict):
        return value.get(TABLES[target].key if target else "name", value.get("id_call"))
    if kind is ColumnType.CUSTOM:
        return value or None
    return value
