"""One look at who must hear of what: groups and their timers, decisions, escalation, and the promises in the outbox."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from ops.notify.climbs import Called, climb
from ops.notify.compose import told_of
from ops.notify.groups import Group, Members, flushed, gather, moved
from ops.notify.ledger import Ledger
from ops.notify.outbox import Outbox
from ops.notify.plan import Plan
from ops.notify.promises import Facts, firing_for, message_of, promises
from ops.notify.structs import Message, Record, Told

ACKED = ("pagerduty", "webhook")
"""Kinds that act upon an acknowledgement; people are told twice of an incident, not three times."""


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a look."""

    promised: tuple[Message, ...] = ()
    """New in the outbox, each with its id."""
    called: tuple[Called, ...] = ()
    """Steps of escalation that were taken, for the timelines of their incidents."""
    groups: Mapping[str, Group] = {}
    members: Mapping[str, Members] = {}
    records: Mapping[str, Mapping[str, Record]] = {}
    """What each receiver was told last, by group and receiver."""


INCIDENT = "incident"
Guests = Mapping[tuple[str, str], str]
"""Keys of groups that a receiver hears of without a way into them, by incident and receiver."""


class Notifier:
    """Looks within the transaction of whoever writes what it looks at: alerts and promises are on disk together.

    with writing(connection):
        ...                                       # alerts, moments
        looked = Notifier(connection, plan).look(facts)
        records.add(connection, ...)              # "escalated", for each of looked.called
    sender.wake()
    """

    def __init__(self, connection: sqlite3.Connection, plan: Plan) -> None:
        self.plan = plan
        self._ledger, self._outbox = Ledger(connection), Outbox(connection)

    def look(self, facts: Facts) -> Looked:
        """Decide what is told now, and promise it."""
        members = gather(facts.alerts.values(), facts.quiet, facts.incidents, self.plan.route)
        before, records = self._ledger.groups(), self._ledger.records()
        guests = _guests(before, records)
        after: dict[str, Group] = {}
        promised: list[Message] = []
        for key in dict.fromkeys((*before, *members)):
            told = any(record.firing for record in records.get(key, {}).values())
            group = moved(before.get(key), members.get(key), told, facts.now)
            if group is None:
                continue
            if facts.now >= group.next_at:
                self._take_over(group, members.get(key), records, guests)
                promised += self._flush(group, members.get(key), records, facts)
                if key not in members:
                    continue
                group = flushed(group, members[key], _known(group, members[key], records), facts.now)
            after[key] = group
        called = self._climb(after, members, records, facts)
        for key, group in after.items():
            after[key], messages = self._acknowledge(group, records, facts)
            promised += messages
        self._ledger.keep_groups(before, after)
        new = (*promised, *(message for one in called for message in one.messages))
        return Looked(promised=new, called=tuple(called), groups=after, members=members, records=records)

    def _take_over(
        self, group: Group, members: Members | None, records: dict[str, dict[str, Record]], guests: Guests
    ) -> None:
        """Go on with those whom another group of the same incident called in: it is over but once for them."""
        told = records.setdefault(group.key, {})
        for name in group.way.receivers:
            home = guests.get((group.labels.get(INCIDENT, ""), name), group.key)
            if name in told or name not in records.get(home, {}) or not firing_for(name, group, members, None):
                continue
            record = records[home].pop(name)
            self._ledger.forget(home, name)
            told[name] = replace(record, group=group.key, firing=frozenset(), called_in=record.known_as)

    def _flush(
        self, group: Group, members: Members | None, records: dict[str, dict[str, Record]], facts: Facts
    ) -> list[Message]:
        told = records.setdefault(group.key, {})
        found = []
        for promise in promises(group, members, told, self.plan.receivers, facts):
            if promise.record is None:
                told.pop(promise.receiver, None)
                self._ledger.forget(group.key, promise.receiver)
            else:
                told[promise.receiver] = promise.record
                self._ledger.remember(promise.record)
            if promise.message is not None:
                found.append(self._outbox.promise(promise.message))
        return found

    def _climb(
        self, groups: dict[str, Group], members: Mapping[str, Members], records: dict[str, dict[str, Record]],
        facts: Facts,
    ) -> list[Called]:  # fmt: skip
        found = []
        same: defaultdict[int, list[str]] = defaultdict(list)
        for key, group in groups.items():
            waiting = members[key].incidents if key in members else {}
            for number in waiting or group.incidents:
                same[number].append(key)
            if not group.climbs.keys() <= waiting.keys():
                groups[key] = replace(group, climbs={one: at for one, at in group.climbs.items() if one in waiting})
        for number, keys in same.items():
            for key in keys:
                if key not in members:
                    continue
                near = {other: records[other] for other in keys if other in records}
                groups[key], called = climb(groups[key], number, members[key], near, self.plan, facts)
                if called is not None:
                    found.append(self._called(called, records))
        return found

    def _called(self, called: Called, records: dict[str, dict[str, Record]]) -> Called:
        for record in called.records:
            records.setdefault(record.group, {})[record.receiver] = record
            self._ledger.remember(record)
        return replace(called, messages=tuple(self._outbox.promise(message) for message in called.messages))

    def _acknowledge(
        self, group: Group, records: Mapping[str, Mapping[str, Record]], facts: Facts
    ) -> tuple[Group, list[Message]]:
        incident = facts.incidents.get(group.incident or 0)
        acked = incident is not None and incident.state == "acknowledged"
        told = records.get(group.key, {})
        if acked == group.acked or (acked and not told):
            return group, []
        names = [name for name, record in told.items() if acked and record.firing and self._acts(name)]
        messages = [self._acked(group, told[name], facts) for name in names]
        return replace(group, acked=acked), [self._outbox.promise(message) for message in messages]

    def _acts(self, name: str) -> bool:
        receiver = self.plan.receivers.get(name)
        return receiver is not None and receiver.kind in ACKED

    def _acked(self, group: Group, record: Record, facts: Facts) -> Message:
        incident = facts.incidents[group.incident or 0]
        told = [told_of(facts.alerts[key]) for key in sorted(record.firing) if key in facts.alerts]
        message = message_of(group, record.receiver, "acknowledged", record.severity, told, facts, record)
        return replace(message, text=f"{incident.acked_by} has it")


def _guests(groups: Mapping[str, Group], records: Mapping[str, Mapping[str, Record]]) -> Guests:
    return {
        (group.labels[INCIDENT], name): key
        for key, group in groups.items()
        if group.labels.get(INCIDENT)
        for name in records.get(key, {})
        if name not in group.way.receivers
    }


def _known(group: Group, members: Members, records: Mapping[str, Mapping[str, Record]]) -> dict[str, Told]:
    """The alerts of a group that any receiver was told of, as they are now; or as they were where they are gone."""
    keys = {key for record in records.get(group.key, {}).values() for key in record.firing}
    now = {alert.key: told_of(alert) for alert in (*members.firing, *members.quiet) if alert.key in keys}
    return {key: now.get(key) or group.members[key] for key in sorted(keys) if key in now or key in group.members}
