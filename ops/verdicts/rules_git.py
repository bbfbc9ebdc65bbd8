"""What a deployed repository says: files that were changed by hand, conflicts, a deploy just now."""

from collections.abc import Iterator

from collectors.base import Entity
from ops.config.structs import TargetSpec
from ops.figures import count, duration
from ops.verdicts.finding import Finding, Past
from ops.verdicts.past import number

_JUST_DEPLOYED_S = 600.0


def git_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """Judge what differs from the commit; how far it is behind and a new deploy are words, not faults."""
    dirty, conflicts = number(entity.facts.get("dirty")), number(entity.facts.get("conflicts"))
    if conflicts:
        text = f"{_files(conflicts)} with merge conflicts"
        yield Finding(check="git.dirty", level="warning", word="conflicts", text=text)
    elif dirty:
        text = f"{_files(dirty)} differ{'s' if dirty == 1 else ''} from the commit"
        yield Finding(check="git.dirty", level="warning", word="dirty", text=text)
    else:
        word, text = _well(entity)
        yield Finding(check="git.dirty", level="ok", word=word, text=text)


def _well(entity: Entity) -> tuple[str, str]:
    deployed_s, behind = number(entity.facts.get("deployed_age_s")), number(entity.facts.get("behind"))
    if deployed_s is not None and deployed_s < _JUST_DEPLOYED_S:
        told = f"deployed {duration(deployed_s)} ago"
        return told, told
    if behind:
        told = f"{count(int(behind))} behind"
        return told, f"{told} what was fetched last"
    return ("no commit", "there is no commit yet") if entity.facts.get("commit") is None else ("", "as committed")


def _files(number_of: float) -> str:
    return f"{count(int(number_of))} file{'' if number_of == 1 else 's'}"
