"""What a host and a certificate say beside their figures."""

from collections.abc import Iterator

from collectors.base import Entity
from ops.config.structs import TargetSpec
from ops.figures import count
from ops.verdicts.finding import Finding, Past
from ops.verdicts.past import RECENT_S, number

_ZOMBIES_S = 5.0
"""A zombie that is collected soon is how Unix works."""


def host_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge zombies and kernel kills for memory."""
    zombies, parent = number(entity.facts.get("zombies")), entity.facts.get("zombie_parent")
    if zombies:
        text = f"{count(zombies)} zombie{'' if zombies == 1 else 's'}" + (f", left by {parent}" if parent else "")
        yield Finding(check="host.zombies", level="warning", word="zombies", text=text, hold_s=_ZOMBIES_S)
    kills = past.rose("oom_kills", RECENT_S)
    if kills:
        text = f"{count(int(kills))} process{'' if kills == 1 else 'es'} killed for memory in the last 5 min"
        yield Finding(check="host.oom_kills", level="warning", word="out of memory", text=text)


def tls_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge a certificate that was shown but not accepted."""
    error = entity.facts.get("verify_error")
    if error:
        yield Finding(check="tls.verify", level="critical", word="untrusted", text=str(error))
