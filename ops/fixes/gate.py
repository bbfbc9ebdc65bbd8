"""The one place that says no: read-only, a config that others can write, rights, the typed name."""

from collections.abc import Sequence

from collectors.backup import BackupConfig
from ops.actions.base import Risk
from ops.actions.errors import Refused
from ops.board import Row
from ops.config.structs import Config
from ops.fixes.structs import Plan
from ops.fixes.typed import to_type, typed_name
from ops.jobs.structs import By, Request

PRUNE = "backup.prune"
SCHEDULED = ("backup.run", "backup.verify", "backup.drill", PRUNE)
"""What the schedule of a `[[backup]]` may begin; the last only where its `keep` has `prune`."""


def read_only(config: Config) -> str:
    """Why nothing can be done here at all; "" where it can."""
    if not config.path:
        return "there is no config file: what was only discovered is looked at, never changed"
    return "read-only: the config or --read-only says so" if config.settings.read_only else ""


def not_read_only(config: Config) -> None:
    """Raises Refused where nothing can be done here at all: neither begun nor ended."""
    why = read_only(config)
    if why:
        raise Refused(why, "write a config with `watchfloor init`, or lift read-only", reason="read-only")


def others(config: Config) -> str:
    """Why the files say that somebody else could change what is done here; "" where nobody else can."""
    from ops.fixes.guarded import guarded, kept
    from ops.store.places import store_folder

    return guarded(config.path) or kept(store_folder(config))


def may(config: Config, by: By, action: str, row_id: str) -> None:
    """Raises Refused where this person may not do this here. Asked before a job begins; the job asks again."""
    not_read_only(config)
    why = others(config)
    if why:
        raise Refused(why, "see to it that only its owner can write there", reason="rights")
    why = denied(config, by, action, row_id)
    if why:
        raise Refused(why, "ask somebody who may", reason="rights")


def denied(config: Config, by: By, action: str, row_id: str) -> str:
    """What rights say; nothing is asked of the system where there are none."""
    if not config.rights:
        return ""
    from ops.fixes.rights import allowed

    return allowed(config, by, action, row_id)


def agreed(plan: Plan, by: By, typed: str, among: Sequence[Plan] = ()) -> None:
    """Raises Refused where a name must be typed and was not; `among` are all plans that one answer was given for.

    Policy was agreed to when it was written into the config, in production too; what loses something it never does.
    So was a schedule of backups, with the rule by which they go.
    """
    if by.via in ("policy", "schedule"):
        _by_itself(by, plan.offer.action, plan.risk)
        return
    wanted = to_type(among) if plan in among else plan.typed
    if not plan.typed or typed == wanted:
        return
    why = "it loses something" if plan.risk == "loses" else "this is production"
    said = "was not typed" if not typed else "was typed wrong"
    raise Refused(f"the name {wanted!r} {said}: {why}", f"type {wanted}", reason="typed")


def _by_itself(by: By, action: str, risk: Risk) -> None:
    """Raises Refused for what nobody agreed to by writing a config."""
    if by.via == "schedule" and action not in SCHEDULED:
        raise Refused(f"nothing but backups is done by schedule, and {action} is not", "do it by hand", reason="typed")
    if by.via == "policy" and risk == "loses":
        raise Refused("policy does nothing that loses something", "do it by hand", reason="typed")


def _prunes(config: Config, row_id: str) -> bool:
    """Whether that `[[backup]]` says that what has expired is deleted without a person."""
    found = next((spec.config for spec in config.targets if spec.id == row_id), None)
    return isinstance(found, BackupConfig) and found.keep.prune


def still_agreed(request: Request, row: Row, config: Config) -> None:
    """Raises Refused where the config asks for a name by now that nobody typed. The job asks this."""
    if request.by.via in ("policy", "schedule"):
        _by_itself(request.by, request.action, request.risk)
        if request.by.via == "schedule" and request.action == PRUNE and not _prunes(config, request.row):
            raise Refused("its keep does not say prune = true by now", "say so, or prune by hand", reason="typed")
    elif not request.typed and typed_name(row, request.risk, config.settings.environment):
        raise Refused(f"{row.name} must be typed before this by now, and was not", "plan it again", reason="typed")
