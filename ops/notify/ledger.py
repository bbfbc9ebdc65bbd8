"""What is kept of groups and of what each receiver was told last; every call belongs into the caller's transaction."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping

import msgspec

from ops.notify.groups import Group
from ops.notify.structs import Record

_GROUP = msgspec.msgpack.Decoder(Group)
_RECORD = msgspec.msgpack.Decoder(Record)


class Ledger:
    """The tables `groups` and `records`. Only what has changed is written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def groups(self) -> dict[str, Group]:
        """All groups, by key."""
        return {key: _GROUP.decode(whole) for key, whole in self._connection.execute("SELECT key, whole FROM groups")}

    def keep_groups(self, before: Mapping[str, Group], after: Mapping[str, Group]) -> None:
        """Write what differs."""
        for key in before.keys() - after.keys():
            self._connection.execute("DELETE FROM groups WHERE key = ?", (key,))
        for key, group in after.items():
            if before.get(key) != group:
                row = (key, msgspec.msgpack.encode(group))
                self._connection.execute("INSERT OR REPLACE INTO groups (key, whole) VALUES (?, ?)", row)

    def records(self) -> dict[str, dict[str, Record]]:
        """What was told last, by group and receiver."""
        found: defaultdict[str, dict[str, Record]] = defaultdict(dict)
        for (whole,) in self._connection.execute("SELECT whole FROM records ORDER BY group_key, receiver"):
            record = _RECORD.decode(whole)
            found[record.group][record.receiver] = record
        return dict(found)

    def remember(self, record: Record) -> None:
        """Keep what a receiver was told."""
        row = (record.group, record.receiver, msgspec.msgpack.encode(record))
        self._connection.execute("INSERT OR REPLACE INTO records (group_key, receiver, whole) VALUES (?, ?, ?)", row)

    def forget(self, group: str, receiver: str) -> None:
        """It was told that all is over."""
        self._connection.execute("DELETE FROM records WHERE group_key = ? AND receiver = ?", (group, receiver))
