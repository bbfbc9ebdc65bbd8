"""What logs and access logs say beside their figures: lines that were left out, and lines that can't be read."""

from collections.abc import Iterator

from collectors.base import Entity
from ops.config.structs import TargetSpec
from ops.figures import count
from ops.verdicts.finding import Finding, Past
from ops.verdicts.past import number

LEAST_REQUESTS = 20
"""With fewer a single one that failed or was slow would be an alarm."""
_GUARDED = frozenset({"errors_percent", "client_errors_percent", "p50_s", "p95_s", "p99_s"})


def log_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge a flood."""
    yield from _flooded(entity)


def access_log_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge a format that most lines do not have, and a flood."""
    unparsed, requests = number(entity.facts.get("unparsed_lines")), number(entity.facts.get("requests"))
    if unparsed and requests is not None and unparsed > requests:
        text = f"{count(unparsed)} of {count(unparsed + requests)} lines do not have the configured format"
        guess = entity.facts.get("format_guess")
        text += f"; did you mean {guess}?" if guess else ""
        yield Finding(check="access_log.format", level="warning", word="unreadable", text=text)
    yield from _flooded(entity)


def _flooded(entity: Entity) -> Iterator[Finding]:
    skipped = number(entity.facts.get("skipped_lines"))
    if skipped:
        text = f"{count(skipped)} lines of the last minute were too many to read: the figures are of the others"
        yield Finding(check=f"{entity.kind}.flood", level="warning", word="flooding", text=text)


def has_enough_requests(fact: str, entity: Entity) -> bool:
    """Whether a built-in threshold on a share or a percentile of requests makes sense."""
    return fact not in _GUARDED or (number(entity.facts.get("requests")) or 0) >= LEAST_REQUESTS
