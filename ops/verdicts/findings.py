"""Findings: what one reading says by itself, from thresholds and from the rules of its kind."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from collectors.base import Entity
from ops.board import Level
from ops.config.structs import TargetSpec, Threshold
from ops.figures import figure
from ops.verdicts.defaults import Limit, Thresholds
from ops.verdicts.finding import Finding, Past
from ops.verdicts.past import number
from ops.verdicts.rules_backup import backup_findings
from ops.verdicts.rules_brokers import celery_findings, rabbitmq_findings
from ops.verdicts.rules_caches import has_enough_gets, memcached_findings
from ops.verdicts.rules_drift import difference_findings, drift_findings
from ops.verdicts.rules_exec import exec_findings
from ops.verdicts.rules_git import git_findings
from ops.verdicts.rules_host import host_findings, tls_findings
from ops.verdicts.rules_logs import access_log_findings, has_enough_requests, log_findings
from ops.verdicts.rules_observed import alert_findings, figure_findings
from ops.verdicts.rules_service import service_findings
from ops.verdicts.rules_stores import postgres_findings, queue_findings, redis_findings
from ops.verdicts.rules_swarm import swarm_findings, swarm_node_findings, swarm_service_findings
from ops.verdicts.rules_systemd import systemd_findings, unit_findings
from ops.verdicts.rules_workload import workload_findings
from ops.verdicts.tracker import rank
from ops.verdicts.words import words

_BESIDE: Mapping[str, tuple[str, str]] = {
    "cert_days": ("expires", "on"),
    "connections_percent": ("connections_top", "most by"),
    "errors_per_min": ("newest_error", ""),
    "errors_percent": ("newest_error", ""),
    "targets_down": ("targets_down_names", "such as"),
    "critical": ("gravest", "such as"),
    "warning": ("gravest", "such as"),
}
"""The fact that is told after a figure, and the words between."""
NOTHING: Mapping[str, Level] = {}
_RULES: Mapping[str, Callable[[Entity, TargetSpec, Past], Iterator[Finding]]] = {
    "service": service_findings,
    "container": workload_findings,
    "process": workload_findings,
    "postgres": postgres_findings,
    "redis": redis_findings,
    "queue": queue_findings,
    "host": host_findings,
    "tls": tls_findings,
    "exec": exec_findings,
    "git": git_findings,
    "backup": backup_findings,
    "drift": drift_findings,
    "drift.difference": difference_findings,
    "systemd": systemd_findings,
    "systemd.unit": unit_findings,
    "swarm": swarm_findings,
    "swarm.service": swarm_service_findings,
    "swarm.node": swarm_node_findings,
    "memcached": memcached_findings,
    "rabbitmq": rabbitmq_findings,
    "celery": celery_findings,
    "prometheus.figure": figure_findings,
    "alert": alert_findings,
    "log": log_findings,
    "access_log": access_log_findings,
}


def findings(
    entity: Entity,
    spec: TargetSpec,
    thresholds: Thresholds,
    held: Mapping[str, Level] = NOTHING,
    past: Past | None = None,
    row_id: str = "",
) -> tuple[Finding, ...]:
    """Judge one reading of one thing. `held` has the level that each check stands at, for hysteresis.

    `past` holds the reading before and what rose since; without it the rules see a first reading. `row_id` picks the
    thresholds; "" means the target's own row.
    """
    limits = thresholds.of(entity.kind, row_id or spec.id)
    rules = _RULES.get(entity.kind)
    told: Iterable[Finding] = rules(entity, spec, past or Past()) if rules else ()
    if thresholds.at_once:
        told = (msgspec.structs.replace(finding, hold_s=0.0) for finding in told)
    return (*told, *_numeric(entity, limits, held))


def _numeric(entity: Entity, limits: tuple[Limit, ...], held: Mapping[str, Level]) -> Iterator[Finding]:
    for limit in limits:
        value = number(entity.facts.get(limit.fact))
        if value is None or (limit.built_in and not _applies(limit.fact, entity)):
            continue
        check = limit.threshold.metric
        level = level_of(value, limit.threshold, held.get(check, "ok"))
        word, text = _told(limit.fact, value, limit.threshold, level)
        text += _beside(limit.fact, entity)
        yield Finding(check=check, level=level, word=word, text=text, hold_s=float(limit.threshold.hold))


def _applies(fact: str, entity: Entity) -> bool:
    """Whether a built-in threshold makes sense.

    Memory is judged only against a limit that exists and that may refuse writes, hits and requests only where much was
    asked for.
    """
    if fact == "hit_ratio":
        return entity.kind != "memcached" or has_enough_gets(entity)
    if entity.kind == "access_log":
        return has_enough_requests(fact, entity)
    if fact != "memory_percent":
        return True
    if entity.kind == "container":
        return bool(entity.facts.get("memory_limit_bytes"))
    return entity.kind != "redis" or not str(entity.facts.get("policy") or "").startswith("allkeys")


def level_of(value: float, threshold: Threshold, held: Level) -> Level:
    """The level of a figure: at or beyond a limit it has that level, and keeps it within the limit's `clear_ratio`."""
    for level, limit in (("critical", threshold.critical), ("warning", threshold.warning)):
        if limit is None:
            continue
        slack = abs(limit) * threshold.clear_ratio if rank(held) >= rank(level) else 0.0  # type: ignore[arg-type]
        beyond = value <= limit + slack if threshold.below else value >= limit - slack
        if beyond:
            return "critical" if level == "critical" else "warning"
    return "ok"


def _beside(fact: str, entity: Entity) -> str:
    """What makes a figure plainer: the date that a certificate ends, who holds the connections; "" for others."""
    name, before = _BESIDE.get(fact, ("", ""))
    told = entity.facts.get(name)
    return f": {before} {told}".replace("  ", " ", 1) if told else ""


def _told(fact: str, value: float, threshold: Threshold, level: Level) -> tuple[str, str]:
    if fact == "cert_days" and value < 0:
        return "expired", f"certificate ended {figure(fact, -value)} ago"
    word, name = words(fact, threshold.below)
    shown = f"{name} {figure(fact, value)}"
    limit = threshold.critical if level == "critical" else threshold.warning
    if level == "ok" or limit is None:
        return "", shown
    side = "under" if threshold.below else "over"
    within = value > limit if threshold.below else value < limit
    return word, f"{shown}, {'not yet back from' if within else side} {figure(fact, float(limit))}"
