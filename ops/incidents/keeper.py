"""Keeper: one look from a Board to alerts, incidents and promises, all in one transaction. Only the leader has it.

    Board → conditions → alerts → what holds them back → incidents → groups → promises in the outbox

What is held back is told to nobody, but seen, recorded and resolved as everything else. A look that can't be written is
as if it had not been: the next one sees the same changes.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from functools import cache

from msgspec.structs import replace

from ops.alerts.look import look
from ops.alerts.states import restored
from ops.alerts.structs import Alert, Step, Turn
from ops.alerts.suppress import Context, held_back, stops
from ops.board import Board
from ops.config.structs import Config
from ops.incidents import hushed, records, standing
from ops.incidents.around import Around
from ops.incidents.book import IncidentBook
from ops.incidents.correlate import correlate, homes_of
from ops.incidents.deploys import Deploys
from ops.incidents.desk import leftover
from ops.incidents.receipts import escalated
from ops.incidents.source import IncidentError
from ops.incidents.story import Story
from ops.incidents.structs import Incident
from ops.incidents.untold import Stand, untold
from ops.notify.ledger import Ledger
from ops.notify.look import Looked, Notifier
from ops.notify.mute import receiver_rows
from ops.notify.outbox import Outbox
from ops.notify.plan import plan_of
from ops.notify.promises import Facts
from ops.notify.whys import steps_after

_KNOWN_EVERY_S = 15.0
"""How often it is written down that somebody looks, while an alert waits for its time."""
_PRUNE_EVERY_S = 3600.0
_LEFT_S = 600.0
"""So long ago an incident may have ended that budgets which burn have still to be held against."""
_MAY_OPEN = ("storm",)
"""Stages that hold back telling, but not incidents: a storm is one."""
Alerts = dict[str, Alert]
Whys = dict[str, Sequence[Step]]


class Keeper:
    """Looks, in one thread. What it knows of before is read from the file at its first look."""

    def __init__(self, config: Config, book: IncidentBook, around: Around) -> None:
        """`book` is its own: while it writes, others read by theirs."""
        self._config, self._alerting, self._book = config, config.alerting, book
        self._plan = plan_of(config.alerting)
        self._story = Story(around, float(config.alerting.incidents.reopen))
        self._deploys = Deploys(around, self._plan)
        self._alerts: Alerts | None = None
        self._whys: Whys = {}
        self._known_at = self._pruned_at = float("-inf")
        self._at_rest: int | None = None

    def look(self, board: Board, now: float) -> int:
        """Take one; gives how many messages were promised by it. Raises IncidentError where it can't be written."""
        try:
            return 0 if self._is_at_rest(board, now) else self._looked(board, now)
        except IncidentError:
            # The file may have been begun anew: what is known is what it has.
            self._alerts = self._at_rest = None
            raise

    def _looked(self, board: Board, now: float) -> int:
        with self._book.transaction() as connection:
            before = self._known(connection, now), self._whys
            seen = replace(board, rows=(*board.rows, *receiver_rows(connection, self._plan.receivers, now)))
            alerts, turns = look(seen, before[0], self._alerting, now)
            context = Context(seen, alerts, hushed.silences(connection, now), self._alerting, now)
            whys: Whys = {key: stops(alert, context) for key, alert in alerts.items()}
            incidents = self._incidents(connection, seen, alerts, turns, whys, now)
            alerts = _placed(alerts, incidents)
            hushes = untold(Stand(*before), Stand(alerts, whys), incidents, context)
            incidents |= _written(records.add(connection, hushes))
            looked = self._notify(connection, seen, alerts, whys, incidents, now)
            whys = _whole(connection, seen, alerts, whys, incidents, looked, now)
            self._write(connection, before, (alerts, whys), now)
            told = (*looked.promised, *self._deploys.promise(connection, board, now))
            waiting = Outbox(connection).receivers()
        self._alerts, self._whys = alerts, whys
        self._story.goes_on(now)
        self._deploys.goes_on()
        busy = alerts or looked.groups or waiting or any(one.open for one in incidents.values())
        self._at_rest = None if busy else self._book.version()
        return sum(message.state == "queued" for message in told)

    def _is_at_rest(self, board: Board, now: float) -> bool:
        """Whether there was nothing to keep, and there still is nothing: most floors, most of the time."""
        if self._at_rest is None or self._at_rest != self._book.version() or now - self._pruned_at > _PRUNE_EVERY_S:
            return False
        if look(board, {}, self._alerting, now)[0] or self._deploys.news(now):
            return False
        self._story.goes_on(now)
        self._deploys.goes_on()
        return True

    def _known(self, connection: sqlite3.Connection, now: float) -> Alerts:
        """The alerts as they stood; those of the file go on from when somebody looked last."""
        if self._alerts is not None:
            return self._alerts
        alerts, whys = standing.kept(connection)
        last = standing.looked_at(connection)
        self._whys = dict(whys)
        self._story.goes_on(last)
        return restored(alerts, last, now)

    def _incidents(
        self, connection: sqlite3.Connection, board: Board, alerts: Alerts, turns: Sequence[Turn], whys: Whys,
        now: float,
    ) -> dict[int, Incident]:  # fmt: skip
        settings = self._alerting.incidents
        known = records.recent(connection, now - max(float(settings.reopen), _LEFT_S))
        past = leftover(board, known, now)
        held = [key for key, alert in alerts.items() if alert.firing and _opens_nothing(alert, whys[key], past)]
        moments = correlate(turns, alerts, board, known, settings, now, held)
        incidents = {one.number: one for one in known} | _written(records.add(connection, moments))
        more = self._story.told(board, [one for one in incidents.values() if one.merged_into is None], now)
        if more:
            # Whoever looks next, also after a kill, tells none of it again.
            standing.looked(connection, now)
        return incidents | _written(records.add(connection, more))

    def _notify(
        self, connection: sqlite3.Connection, board: Board, alerts: Alerts, whys: Whys,
        incidents: dict[int, Incident], now: float,
    ) -> Looked:  # fmt: skip
        named = [alert.incident for alert in alerts.values()]
        named += [group.incident for group in Ledger(connection).groups().values()]
        incidents |= _also(connection, named, incidents)
        past = leftover(board, incidents.values(), now)
        quiet = {key: why for key, alert in alerts.items() if alert.firing and (why := _held(alert, whys[key], past))}
        facts = Facts(
            now=now, alerts=alerts, quiet=quiet, incidents=incidents, floor=board.name, environment=board.environment
        )
        looked = Notifier(connection, self._plan).look(facts)
        incidents |= _written(records.add(connection, list(escalated(looked.called, incidents, now))))
        return looked

    def _write(
        self, connection: sqlite3.Connection, before: tuple[Alerts, Whys], after: tuple[Alerts, Whys], now: float
    ) -> None:
        wrote = standing.keep(connection, before, after)
        waits = any(alert.state == "pending" or alert.keep_since is not None for alert in after[0].values())
        if wrote or (waits and abs(now - self._known_at) > _KNOWN_EVERY_S):
            standing.looked(connection, now)
            self._known_at = now
        if abs(now - self._pruned_at) > _PRUNE_EVERY_S:
            Outbox(connection).prune(now)
            self._pruned_at = now


def _held(alert: Alert, steps: Sequence[Step], past: Collection[str]) -> str:
    """Why nobody is to be told that it fires; "" where nothing holds it back. `past`: see `leftover`.

    What only goes on firing after it was true (`keep_firing_for`) is no news: it would be told at the very end, when
    what it followed from holds it back no more. Nor is that the windows of a budget remember what is over.
    """
    if why := held_back(steps):
        return why
    if alert.keep_since is not None:
        return "it is not true any more"
    return "its budget only tells of what is over" if alert.row in past else ""


def _opens_nothing(alert: Alert, steps: Sequence[Step], past: Collection[str]) -> bool:
    return bool(_held(alert, [step for step in steps if step.stage not in _MAY_OPEN], past))


def _written(found: Mapping[int, Incident]) -> dict[int, Incident]:
    """By their own numbers, those that were opened too."""
    return {incident.number: incident for incident in found.values()}


def _also(
    connection: sqlite3.Connection, named: Sequence[int | None], known: Mapping[int, Incident]
) -> dict[int, Incident]:
    """Incidents that are named but were over long ago, and those that they were merged into."""
    found: dict[int, Incident] = {}
    waiting = [number for number in dict.fromkeys(named) if number is not None and number not in known]
    for number in waiting:
        found[number] = incident = records.incident_of(connection, number)
        into = incident.merged_into
        if into is not None and into not in known and into not in waiting:
            waiting.append(into)
    return found


def _placed(alerts: Alerts, incidents: Mapping[int, Incident]) -> Alerts:
    """The same, each with the incident that it belongs to now; what has none keeps the one that it had."""
    homes = homes_of(one for one in incidents.values() if one.open)
    return {key: _at(alert, homes.get(key, alert.incident)) for key, alert in alerts.items()}


def _at(alert: Alert, number: int | None) -> Alert:
    if number is None or (number == alert.incident and "incident" in alert.labels):
        return alert
    return replace(alert, incident=number, labels={**alert.labels, "incident": str(number)})


def _whole(
    connection: sqlite3.Connection, board: Board, alerts: Alerts, whys: Whys, incidents: Mapping[int, Incident],
    looked: Looked, now: float,
) -> Whys:  # fmt: skip
    """The stages behind suppression too, for what fires."""
    last, past = cache(Outbox(connection).last), leftover(board, incidents.values(), now)
    found: Whys = {}
    for key, steps in whys.items():
        alert = alerts[key]
        if not alert.firing:
            found[key] = tuple(steps)
            continue
        more = [] if held_back(steps) else steps_after(alert, looked, last, now)
        if more and more[-1].stage == "dedup" and not more[-1].passed and (why := _held(alert, steps, past)):
            more[-1] = Step(stage="dedup", passed=False, text=f"nobody is told of it now: {why}")
        found[key] = (*steps, _belongs(alert, incidents), *more)
    return found


def _belongs(alert: Alert, incidents: Mapping[int, Incident]) -> Step:
    incident = incidents.get(alert.incident or 0)
    if incident is None:
        return Step(stage="incident", passed=True, text="it belongs to no incident")
    over = "" if incident.open else ", which is over: it is told no more until it gets worse"
    text = f"it belongs to incident {incident.number}, {incident.title}{over}"
    return Step(stage="incident", passed=incident.open or incident.merged_into is not None, text=text)
