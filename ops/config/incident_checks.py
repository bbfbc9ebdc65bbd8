"""Checks `[incidents]` and `[monitor]`: clocks that run, priorities that can be given, places that can be told."""

from collectors.net.wire import split_url
from ops.config.alert_checks import check_matchers
from ops.config.alerting import MonitorSettings
from ops.config.lines import Path
from ops.config.names import did_you_mean
from ops.config.problems import Problems
from ops.config.said import Said
from ops.incidents.structs import PRIORITIES

_SHORTEST_S = 1.0


def check_incidents(said: Said, problems: Problems) -> None:
    """Clocks of priorities that there are, and rules that are reached."""
    settings = said.incidents
    for name, length in settings.respond.items():
        if name not in PRIORITIES:
            hint = did_you_mean(name, PRIORITIES)
            problems.add(("incidents", "respond", name), f'there is no priority "{name}"; {hint}')
        elif length <= 0:
            problems.add(("incidents", "respond", name), "must be more than nothing")
    if settings.storm < 1:
        problems.add(("incidents", "storm"), "must be 1 or more: so many alerts in a minute are no storm yet")
    taken: Path | None = None
    for index, rule in enumerate(settings.priority):
        path = ("incidents", "priority", index)
        check_matchers(rule.match, (*path, "match"), said, problems)
        if rule.affected < 0:
            problems.add((*path, "affected"), "must be 0 or more: so many services fail at least")
        if taken is not None:
            problems.add(path, f"is never reached: {problems.place(taken)} before it takes every incident")
        elif not rule.match and rule.affected <= 0:
            taken = path


def check_monitor(monitor: MonitorSettings, problems: Problems) -> None:
    """A pause that is one, and one address that can be asked."""
    if monitor.every < _SHORTEST_S:
        problems.add(("monitor", "every"), 'must be "1s" or more')
    if monitor.ping and (monitor.ping_env or monitor.ping_file or monitor.ping_command):
        problems.add(("monitor", "ping"), "is given twice: one of ping, ping_env, ping_file, ping_command is enough")
    elif monitor.ping:
        try:
            split_url(monitor.ping)
        except ValueError as error:
            problems.add(("monitor", "ping"), str(error))
