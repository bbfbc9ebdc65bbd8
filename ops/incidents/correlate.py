"""From alerts to incidents: each that fires joins one or opens one, and the last that is over ends it. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from collectors.text import clean
from ops.alerts.storm import RULE, is_of, storm_of
from ops.alerts.structs import Alert, Turn
from ops.board import Board
from ops.config.alerting import IncidentSettings
from ops.incidents.desk import Desk, is_slo
from ops.incidents.explain import STORM, explain, put_together
from ops.incidents.fold import rank
from ops.incidents.nearness import Floor, Gathered
from ops.incidents.priority import priority_of, respond_s
from ops.incidents.structs import Incident, Moment


def correlate(
    turns: Sequence[Turn],
    alerts: Mapping[str, Alert],
    board: Board,
    incidents: Sequence[Incident],
    settings: IncidentSettings,
    now: float,
    held: Collection[str] = (),
) -> list[Moment]:
    """What is to be written down, in this order, after a look; numbers below 1 are of incidents that are opened here.

    `alerts` are all that `step` gave, by key; `incidents` those that go on and those that ended within
    `settings.reopen` (`ops.incidents.records.recent`). `held` are keys of alerts that open nothing now (silenced, in
    maintenance, flapping): they join what is there, and what they have joined they end.

    An alert that fires goes, in this order: where its key is; to the incident that it was of when that ended within
    `reopen`, unless another cause explains it now; to the one with whose firing alerts it shares a likely cause or a
    path of dependencies; to one whose alerts began within `together` of it at the same host, container or dependency,
    the host only where neither fails with others along dependencies; in a storm to that of the storm.
    """
    desk = Desk(alerts, Floor(board), incidents, settings, now)
    desk.expire()
    over = desk.finish()
    _Joining(desk).join(turns, held)
    desk.settle(over)
    for number in [*desk.stand]:
        explain(desk, number)
    put_together(desk)
    return desk.moments


def homes_of(incidents: Iterable[Incident]) -> dict[str, int]:
    """Numbers of the incidents in which alerts fire, by the alerts' keys; people move them by merging and splitting."""
    return {key: incident.number for incident in incidents for key in incident.firing}


class _Joining:
    """Brings alerts to incidents."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._gathered: dict[int, Gathered] = {}
        self._storm_number: int | None = None
        # Where the rule is switched off no alert tells of a storm, and incidents do not gather into one either.
        told = any(alert.rule == RULE and alert.state != "resolved" for alert in desk.alerts.values())
        self._standing = storm_of(desk.alerts.values(), desk.settings.storm, desk.now) if told else None
        self._of_storm = frozenset(
            alert.key
            for alert in desk.alerts.values()
            if alert.firing and (alert.rule == RULE or is_of(alert, self._standing))
        )

    def join(self, turns: Sequence[Turn], held: Collection[str]) -> None:
        """Bring each alert that fires to an incident: what explains others first, then by gravity and age."""
        anew = {turn.alert.key for turn in turns if turn.kind == "fired" or _is_worse(turn)}
        homes = homes_of(self._desk.open())
        least = rank(self._desk.settings.from_severity)
        new = []
        for alert in self._desk.alerts.values():
            if alert.firing and alert.key in homes:
                self._regrade(homes[alert.key], alert)
            elif alert.firing and rank(alert.severity) >= least and (alert.key in anew or self._is_nowhere(alert)):
                new.append(alert)
        if not new:
            return
        for incident in self._desk.open():
            known = (self._desk.alerts[key] for key in incident.alerts if key in self._desk.alerts)
            self._gathered[incident.number] = Gathered(self._desk.floor, known)
        roots = {cause.row for cause in self._desk.floor.board.causes}
        new.sort(
            key=lambda one: (self._desk.floor.real(one.row) not in roots, -rank(one.severity), one.active_at, one.key)
        )
        for alert in new:
            self._assign(alert, new, may_open=alert.key not in held)

    def _is_nowhere(self, alert: Alert) -> bool:
        """Whether it has no incident yet, or that was reopened; not one that a person ended while it fired.

        So too what a budget remembered when its incident was over, and nobody was told of, until it burned again.
        """
        if alert.incident is None:
            return True
        home = self._desk.stand.get(alert.incident)
        if home is None or home.open:
            return home is not None
        return is_slo(alert.key) and (home.resolved_at or 0.0) < (alert.fired_at or 0.0)

    def _regrade(self, number: int, alert: Alert) -> None:
        before = self._desk.stand[number].alerts[alert.key]
        if before != alert.severity:
            said = f"{self._desk.called(alert)} is {alert.severity} now, before it was {before}: {alert.summary}"
            self._add(number, alert, said)

    def _add(self, number: int, alert: Alert, said: str) -> None:
        self._desk.emit(
            number,
            "alert",
            said,
            alert=alert.key,
            severity=alert.severity,
            row=alert.row,
            since=repr(self._desk.began(alert)),
            runbook=alert.runbook,
        )
        if number in self._gathered:
            self._gathered[number].add(alert)

    def _assign(self, alert: Alert, others: Sequence[Alert], *, may_open: bool) -> None:
        said = f"{alert.rule}: {self._desk.titled(alert)}"
        own = self._own(alert)
        if own is not None and (own.open or may_open or not is_slo(alert.key)):
            self._again(own, alert)
            self._add(own.number, alert, said)
        elif (found := self._nearest(alert)) is not None:
            incident, why = found
            self._again(incident, alert)
            self._add(incident.number, alert, f"{said} ({why})")
        elif self._standing is not None and (storm := self._storm()) is not None:
            if not storm.titled_by and not storm.title.startswith(STORM):
                title = f"{STORM}{self._standing.fired} alerts at once, first {storm.title}"
                self._desk.emit(storm.number, "title", title, title=clean(title))
            self._add(storm.number, alert, said)
        elif may_open:
            self._begin(alert, others, said)

    def _own(self, alert: Alert) -> Incident | None:
        """The newest that has this alert and goes on, or ended a short while ago and had the cause that stands now."""
        having = [incident for incident in self._desk.stand.values() if alert.key in incident.alerts]
        alive = [one for one in having if one.open or (self._just_ended(one) and self._is_of_its_cause(alert, one))]
        return max(alive, key=lambda incident: (incident.open, incident.number), default=None)

    def _just_ended(self, incident: Incident) -> bool:
        return incident.resolved_at is not None and self._desk.now - incident.resolved_at < self._desk.settings.reopen

    def _is_of_its_cause(self, alert: Alert, incident: Incident) -> bool:
        """Whether nothing explains an alert now but what the incident comes from, or what that comes from."""
        floor = self._desk.floor
        row = floor.real(alert.row)
        causes = set(floor.causes(row)) - {row}
        return not (causes and incident.cause_row) or not causes.isdisjoint(
            (incident.cause_row, *floor.causes(incident.cause_row))
        )

    def _again(self, incident: Incident, alert: Alert) -> None:
        """Let it wait for somebody again where it was over, or where what was mitigated hurts again."""
        worst = max((rank(severity) for key, severity in incident.alerts.items() if not is_slo(key)), default=-1)
        hurts = incident.state == "mitigated" and not is_slo(alert.key) and rank(alert.severity) >= worst
        if incident.state == "resolved" or hurts:
            said = f"it is not over: {self._desk.titled(alert)}"
            self._desk.emit(incident.number, "reopened", said, respond_s=self._desk.respond(incident))
            known = (self._desk.alerts[key] for key in incident.alerts if key in self._desk.alerts)
            self._gathered[incident.number] = Gathered(self._desk.floor, known)

    def _nearest(self, alert: Alert) -> tuple[Incident, str] | None:
        """The oldest to which it belongs."""
        for number, gathered in self._gathered.items():
            if why := gathered.near(alert, float(self._desk.settings.together)):
                return self._desk.stand[number], why
        return None

    def _storm(self) -> Incident | None:
        """The one with most of the storm's alerts."""
        if self._storm_number is None:
            counted = {one.number: sum(key in self._of_storm for key in one.firing) for one in self._desk.open()}
            most = max(counted, key=counted.__getitem__, default=None)
            self._storm_number = most if most is not None and counted[most] else None
        return None if self._storm_number is None else self._desk.stand[self._storm_number]

    def _begin(self, alert: Alert, others: Sequence[Alert], said: str) -> None:
        number = min((0, *self._desk.stand)) - 1
        floor = self._desk.floor
        causes = set(floor.causes(floor.real(alert.row)))
        kin = [alert, *(one for one in others if not causes.isdisjoint(floor.causes(floor.real(one.row))))]
        failing = self._desk.failing({floor.real(one.row) for one in kin})
        priority = priority_of(kin, failing, floor.board, self._desk.settings)
        title = clean(self._desk.titled(alert))
        self._desk.emit(
            number,
            "opened",
            f"{priority}: {title}",
            title=title,
            priority=priority,
            began=repr(self._desk.began(alert)),
            respond_s=repr(respond_s(priority, self._desk.settings)),
            runbook=alert.runbook,
        )
        self._gathered[number] = Gathered(floor)
        self._add(number, alert, said)


def _is_worse(turn: Turn) -> bool:
    return turn.kind == "severity" and turn.before is not None and rank(turn.alert.severity) > rank(turn.before)
