"""Whether a receiver is told anything at all: Alertmanager's decision (notify/dedup_stage.go, `needsUpdate`)."""

from ops.notify.structs import Record


def needs(
    record: Record | None, firing: frozenset[str], resolved: frozenset[str], now: float, repeat_s: float,
    send_resolved: bool,
) -> str:  # fmt: skip
    """Why a receiver must be told of a group now, in a few words; "" where it must not.

    `firing` and `resolved` are keys of the group's alerts as they stand; `record` is what was told last. That nothing
    fires any more is told (and so leaves the record) also where `send_resolved` is off: whoever sends then keeps quiet.
    """
    if record is None:
        return "it fires" if firing else ""
    if not firing <= record.firing:
        return "something new fires"
    if not firing:
        return "it is over" if record.firing else ""
    if send_resolved and not resolved <= record.resolved:
        return "part of it is over"
    return "it still fires" if record.at < now - repeat_s else ""
