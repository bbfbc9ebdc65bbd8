"""What a config says about alerts and incidents: rules, who hears of what, on call, silence by calendar, clocks."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from collectors.base import Secret
from collectors.units import Duration

Level = Literal["info", "warning", "critical"]


class AlertRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[alert]]`: an alert of one's own, or another `for`, severity, summary or runbook of a built-in one."""

    name: str
    row: str = "*"
    """Glob over row ids; "slo:*" are error budgets."""
    check: str = ""
    """Glob over ids of checks ("host.disk.percent"); "" is the row as a whole."""
    state: str = ""
    """The row's or check's word ("down"); "" is any."""
    level: Literal["", "warning", "critical", "unknown"] = ""
    """At least this level; "" is warning, or any where a state is named. "unknown": it can't be read."""
    severity: Level | None = None
    """None: as the row's level is."""
    hold: Duration | None = msgspec.field(default=None, name="for")
    """None: as the built-in one of that name has it, else 0; so below."""
    keep_firing: Duration | None = msgspec.field(default=None, name="keep_firing_for")
    summary: str = ""
    """May use "{row}", "{name}", "{host}", "{reason}"; "" is the row's own reason."""
    runbook: str = ""
    labels: Mapping[str, str] = {}
    off: bool = False
    """Switches a built-in rule of that name off."""


class Inhibit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[inhibit]]`: while an alert of `source` fires, those of `target` with equal labels are told to nobody."""

    source: tuple[str, ...]
    """Matchers: "rule=down", "severity=critical"."""
    target: tuple[str, ...]
    equal: tuple[str, ...] = ()


class Receiver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[notify]]`: somebody who hears of it. Secrets by `…_env`, `…_file` or `…_command`, as targets have them."""

    name: str = ""
    """What routes call it; the kind's name where it is not given."""
    kind: Literal["slack", "pagerduty", "email", "webhook", "terminal", "apprise"]
    url: str = ""
    """Of a webhook without a secret in it, or a PagerDuty other than the public one."""
    url_env: str = ""
    url_file: str = ""
    url_command: tuple[str, ...] = ()
    """The address where it is a secret itself: Slack's, most webhooks', Apprise's."""
    key_env: str = ""
    key_file: str = ""
    key_command: tuple[str, ...] = ()
    """PagerDuty's routing key (integration key) of Events API v2."""
    deploys: bool = True
    """Whether PagerDuty is told of deploys too, as change events."""
    to: tuple[str, ...] = ()
    """Addresses of e-mail."""
    sender: str = msgspec.field(default="", name="from")
    server: str = ""
    """"host:port" of the mail server."""
    user: str = ""
    password_env: str = ""
    password_file: str = ""
    password_command: tuple[str, ...] = ()
    """Of `user` at the mail server."""
    tls: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str = ""
    """PEM file of the authority behind the receiver's certificate, where it is your own."""
    levels: tuple[Level, ...] = ()
    """In a config without `[route]`: the severities that it hears of."""
    send_resolved: bool = True
    timeout: Duration = Duration(10)
    give_up: Duration = Duration(86400)
    """After so long without success a message is dead."""
    headers: Mapping[str, str] = {}
    headers_env: Mapping[str, str] = {}
    """Header to the name of the environment variable with its value: `{ Authorization = "HOOK_TOKEN" }`."""
    template: str = ""
    """Body of a generic webhook, with "{title}", "{summary}", "{severity}", "{incident}"; "" is JSON of everything."""


class Route(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[route]` and `[[route.routes]]`: as Alertmanager's. What is not said is the parent's."""

    receivers: tuple[str, ...] | None = None
    match: tuple[str, ...] = ()
    """Matchers, all of which must hold."""
    group_by: tuple[str, ...] | None = None
    """("incident",) at the top. ("...",) is every label: no grouping."""
    group_wait: Duration | None = None
    """0 for criticals, else 30 s."""
    group_interval: Duration | None = None
    repeat: Duration | None = None
    proceed: bool = msgspec.field(default=False, name="continue")
    escalation: str | None = None
    """Name of an `[[escalation]]`."""
    routes: tuple["Route", ...] = ()


class EscalationStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step: after so long without an acknowledgement these hear of it."""

    after: Duration
    """Since the step before; the first one's is since the incident was opened."""
    receivers: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    """Names of `[[oncall]]`: whoever has it then is assigned."""


class Escalation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[escalation]]`: who hears of it next, only while nobody has acknowledged."""

    name: str
    steps: tuple[EscalationStep, ...]
    repeat: int = 0
    """How often it begins anew after the last step (0 to 5)."""


class OnCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[oncall]]`: who has it when. People take turns, `turn` long each, from `start` on."""

    name: str
    people: tuple[str, ...]
    receivers: Mapping[str, tuple[str, ...]] = {}
    """Receivers by person; without one the step's own."""
    turn: Duration = Duration(7 * 86400)
    start: str = "2026-01-05 09:00"
    """A moment in `time_zone` at which a turn of the first person begins."""
    time_zone: str = "UTC"


class Quiet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[quiet]]`: a silence that comes again ("day 02:00", "sun 03:00", "1 04:00"), as `[[maintenance]]` has it."""

    name: str
    match: tuple[str, ...]
    every: str
    length: Duration = msgspec.field(default=Duration(3600), name="for")
    time_zone: str = "UTC"


class PriorityRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[incidents.priority]]`: the first that matches an alert of the incident gives its priority."""

    priority: Literal["P1", "P2", "P3", "P4"]
    match: tuple[str, ...] = ()
    affected: int = 0
    """At least so many services fail."""


class IncidentSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[incidents]`: what becomes an incident, and its clocks."""

    from_severity: Level = "warning"
    respond: Mapping[str, Duration] = {}
    """Time to respond by priority; S4's where not given: P1 15 min, P2 1 h, P3 4 h, P4 24 h."""
    reopen: Duration = Duration(900)
    """An alert that fires again within this long reopens its incident."""
    together: Duration = Duration(300)
    """Alerts that begin within this long on one host or container belong together."""
    ack_expires: Duration = Duration(0)
    """After so long an acknowledgement must be given again; 0: never."""
    priority: tuple[PriorityRule, ...] = ()
    storm: int = 20
    """More alerts than this in a minute are one storm."""


class MonitorSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[monitor]`: what the process without a screen does for those who watch it."""

    heartbeat: str = ""
    """A file whose time of change says that it lives."""
    ping: str = ""
    """URL that is asked every `every`: someone else notices when that stops …"""
    ping_env: str = ""
    ping_file: str = ""
    ping_command: tuple[str, ...] = ()
    """… or where it is to be had, for most of them are a secret themselves."""
    every: Duration = Duration(60)


class Alerting(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    rules: tuple[AlertRule, ...] = ()
    inhibits: tuple[Inhibit, ...] = ()
    receivers: tuple[Receiver, ...] = ()
    route: Route = Route()
    escalations: tuple[Escalation, ...] = ()
    oncall: tuple[OnCall, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    secrets: Mapping[str, Mapping[str, Secret]] = {}
    """Resolved secrets of `[[notify]]` by its name, each by its stem: "url", "key", "password", "headers.<name>"."""
    ping: Secret | None = None
    """The address of `[monitor]`'s `ping_env`, `ping_file` or `ping_command`."""
    incidents: IncidentSettings = IncidentSettings()
    monitor: MonitorSettings = MonitorSettings()
