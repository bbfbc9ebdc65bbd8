"""What a Redis tells of its settings and users, as items; pure."""

from collections.abc import Callable, Mapping

from collectors.redis_api.resp import Reply
from collectors.text import clean
from ops.drift.hiding import told
from ops.drift.named import safe_name
from ops.drift.structs import Item, Value

Digest = Callable[[str, str], str]
_SERVER = ("redis_version", "redis_mode", "config_file", "executable")
_OLDER = (
    ("slave", "replica"),
    ("master", "primary"),
    ("ziplist", "listpack"),
    ("lua-time-limit", "busy-reply-threshold"),
)
"""Older words in names, and those that a Redis since 5 and since 7 has beside them for the same settings."""
_HASH = "#"
"""How the hash of a password begins in a user's rules (ACL LIST)."""
_USUAL = "sanitize-payload"
"""What holds for everybody anyway: a Redis begins to tell it after CONFIG REWRITE and a restart."""


def server(prefix: str, info: Mapping[str, str]) -> list[Item]:
    """What program it is."""
    facts: dict[str, Value] = {name: clean(info[name]) for name in _SERVER if info.get(name)}
    return [Item(name=f"{prefix}server", facts=facts)]


def settings(prefix: str, reply: Reply, digest: Digest) -> list[Item]:
    """One for each name and value of `CONFIG GET *`."""
    words = [_text(word) for word in reply] if isinstance(reply, list) else []
    values = dict(zip(words[::2], words[1::2], strict=False))
    found = []
    for name, value in values.items():
        if any(old in name and name.replace(old, new) in values for old, new in _OLDER):
            continue
        shown = told(digest, name, value)
        found.append(Item(name=prefix + safe_name(name), facts={"value": shown}, kept=shown == value))
    return found


def users(prefix: str, reply: Reply, digest: Digest) -> list[Item]:
    """One for each line of `ACL LIST`: "user ada on #<hash> ~orders:* +get"; of hashes there are digests.

    The rules keep their order, since a later one takes back what an earlier one gave.
    """
    found = []
    for line in reply if isinstance(reply, list) else ():
        words = _text(line).split(" ")
        if len(words) < 2 or words[0] != "user":
            continue
        hashes = sorted(digest("password", word) for word in words[2:] if word.startswith(_HASH))
        rules = tuple(clean(word) for word in words[2:] if word and word != _USUAL and not word.startswith(_HASH))
        facts: dict[str, Value] = {"rules": rules, "passwords": tuple(hashes)}
        found.append(Item(name=f"{prefix}user/{safe_name(words[1])}", facts=facts, kept=False))
    return found


def _text(reply: Reply) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply if reply is not None else "")
