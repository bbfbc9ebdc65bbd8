"""Says in one sentence why PostgreSQL did not do what it was told to, by the error's SQLSTATE. Pure."""

import msgspec

from collectors.postgres_api.faults import server_words
from ops.actions.errors import ActionError, Refused


class _Known(msgspec.Struct, frozen=True):
    """`message` has "{said}" where the server's own words go."""

    message: str
    remedy: str
    reason: str
    refused: bool = True
    """Whether nothing was done."""


_KNOWN = {
    "25006": _Known(
        "this server takes no changes: {said}", "act on the primary, or end its read-only mode", "readonly"
    ),
    "42P01": _Known("the table is not there any more: {said}", "choose the row again", "changed"),
    "3F000": _Known("the schema is not there any more: {said}", "choose the row again", "changed"),
    "42704": _Known("it is not there any more: {said}", "choose the row again", "changed"),
    "55006": _Known("it is in use: {said}", "end what uses it first, then try again", "held"),
    "55P03": _Known("somebody else holds a lock on it: {said}", "try again when that is over", "held"),
    "57014": _Known(
        "the server ended it: {said}", "try again at a calmer time, or give it more time", "timeout", refused=False
    ),
    "40P01": _Known("it ran into a deadlock: {said}", "try again", "held", refused=False),
    "53100": _Known("the server's disk is full: {said}", "make room on its disk first", "full", refused=False),
    "0A000": _Known("this server can't do that: {said}", "do it by hand with its own tools", "missing"),
    "42883": _Known("this server is too old for that: {said}", "do it by hand with its own tools", "missing"),
}
_DENIED = "42501"
_GRANTS = (
    (
        ("pg_cancel_backend", "pg_terminate_backend"),
        "GRANT pg_signal_backend TO the user of the config; only a superuser may end the sessions of superusers",
    ),
    (("pg_drop_replication_slot",), "ALTER ROLE … REPLICATION for the user of the config, or use one that has it"),
    (
        ("VACUUM", "ANALYZE"),
        "make the user of the config a member of the table's owner, or of pg_maintain (17 and later)",
    ),
)
"""Remedies by what stands in the statement."""


def fault(sqlstate: str, text: str, statement: str) -> ActionError:
    """Name it; `text` is what libpq gave."""
    said = server_words(text)
    if sqlstate == _DENIED:
        remedy = next((grant for words, grant in _GRANTS if any(word in statement for word in words)), "")
        return Refused(
            f"the user of the config may not do that: {said}",
            remedy or "grant the user of the config what it asks for",
            reason="permission",
        )
    known = _KNOWN.get(sqlstate)
    if known is None:
        return ActionError(f"the server said no: {said}", "read its log for more", reason="error")
    kind = Refused if known.refused else ActionError
    return kind(known.message.format(said=said), known.remedy, reason=known.reason)
