"""Makes a container's entity of what was listed, inspected and sampled; pure."""

from collectors.base import Entity, Value
from collectors.docker_api.parse import (
    Health,
    Inspected,
    Listed,
    Probe,
    Sample,
    exit_code_of,
    health_of,
    label_facts,
    name_of,
    ports_text,
    usage_facts,
    utc_seconds,
)
from collectors.text import clean, clean_lines

_ALIVE = ("running", "paused")
_STATES = ("running", "paused", "exited", "restarting", "dead", "created", "removing")
PROBE_TITLE = "health probe"


def container_entity(listed: Listed, inspected: Inspected | None, sample: Sample | None, now: float) -> Entity:
    """One container at `now` (UTC seconds). What only an inspection knows is None without one."""
    state = listed.state if listed.state in _STATES else clean(listed.state)
    facts: dict[str, Value] = {
        "state": state,
        "health": health_of(listed.status),
        **usage_facts(sample if state in _ALIVE else None, inspected.host_config.memory if inspected else 0),
        **_life_facts(listed, inspected, now),
        "image": clean(listed.image),
        "image_digest": clean(listed.image_id) or None,
        **label_facts(listed.labels or {}),
        "ports": ports_text(listed.ports or ()) or None,
    }
    return Entity(
        kind="container",
        name=name_of(listed.names or (), listed.id),
        key=listed.id,
        facts=facts,
        texts=_probe_text(inspected.state.health if inspected else None, failing=facts["health"] == "unhealthy"),
    )


def _life_facts(listed: Listed, inspected: Inspected | None, now: float) -> dict[str, Value]:
    """Times are UTC seconds. A running container has no exit code and is not finished, whatever came before."""
    alive = listed.state in _ALIVE
    exit_code = None if alive else exit_code_of(listed.status)
    if inspected is None:
        unknown: dict[str, Value] = dict.fromkeys(
            ("restarts", "uptime_s", "started_at", "finished_at", "exit_code", "oom_killed")
        )
        return unknown | {"exit_code": exit_code}
    started, finished = utc_seconds(inspected.state.started_at), utc_seconds(inspected.state.finished_at)
    ended = not alive and listed.state != "created"
    return {
        "restarts": inspected.restart_count,
        "uptime_s": max(0.0, now - started) if alive and started is not None else None,
        "started_at": started,
        "finished_at": finished if ended else None,
        # What restarts may have been started again between the list and the inspection.
        "exit_code": (inspected.state.exit_code if exit_code is None else exit_code) if ended else None,
        "oom_killed": inspected.state.oom_killed,
    }


def _probe_text(health: Health | None, *, failing: bool) -> dict[str, str]:
    """The newest probe; while it is failing the newest that failed, for it may have passed once since the list."""
    if health is None or not health.log:
        return {}
    failed = [probe for probe in health.log if probe.exit_code]
    if failing and not failed:
        # What was paused counts as unhealthy until it is asked again.
        return {PROBE_TITLE: "its last probe passed, and no newer one has ended"}
    return {PROBE_TITLE: _words((failed if failing else health.log)[-1])}


def _words(probe: Probe) -> str:
    """What the probe said; its exit code where it said nothing."""
    said = probe.output.strip("\r\n ")
    return clean_lines(said) if said else f"no output, exit code {probe.exit_code}"
