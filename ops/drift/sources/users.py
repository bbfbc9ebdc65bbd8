"""Captures who may do what on this host: accounts, groups, sudoers, and the keys that open an account by SSH."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from collectors.base import CollectError
from collectors.threads import DaemonPool
from ops.drift.base import ITEMS, Place, Source
from ops.drift.host.accounts import Account, Group, accounts, groups, passwords
from ops.drift.host.globbing import find, why
from ops.drift.host.reading import FileReader
from ops.drift.named import raw_name, safe_name
from ops.drift.sources.files import unknown, what_to_do
from ops.drift.structs import Difference, Item, Value

_POOL = DaemonPool(2, name="drift-users")
SUDOERS = ("etc/sudoers", "etc/sudoers.d/*", "etc/doas.conf")
_KEYS = (".ssh/authorized_keys", ".ssh/authorized_keys2")
_SHADOW_FACTS = ("password", "password_changed", "expires")
USER, GROUP = "user ", "group "
"""How the names of accounts and groups begin; all other items are files."""


class Users(Source):
    """Accounts and groups of /etc/passwd, "user NAME" and "group NAME", and the files that give rights, by their names.

    Of a password it is told whether there is one, and since when; never the password or its hash.
    """

    name = "users"
    title = "users, groups, sudoers and SSH keys"
    group = "security"
    root = Path("/")

    async def capture(self, place: Place) -> Sequence[Item]:
        """Read them. Raises CollectError."""
        return await _POOL.run(_read_all, place, self.root)

    def by_hand(self, difference: Difference) -> str:
        """Accounts are made and taken away by a person, who knows what belongs to them."""
        item, fact = difference.place.item, difference.place.fact
        if difference.kind == "unreadable" or item.startswith("/"):
            return what_to_do(difference)
        name = item.partition(" ")[2]
        if fact.startswith("password"):
            return f"ask who changed the password of {name}: passwd --status {name} and last {name} tell more"
        if difference.kind == "added" and not fact:
            return (
                f"find out who made {item} and what belongs to it, then take it away (userdel, groupdel), or accept it"
            )
        if difference.kind == "removed" and not fact:
            return f"make {item} again with the same number (useradd --uid, groupadd --gid): files belong to numbers"
        return f"change {item} back with usermod or groupmod; what belongs to its old number must be given over too"


def _read_all(place: Place, root: Path) -> list[Item]:
    try:
        people = accounts((root / "etc/passwd").read_text("utf-8", "surrogateescape"))
        known = groups((root / "etc/group").read_text("utf-8", "surrogateescape"))
    except OSError as error:
        raise CollectError(f"the accounts of this host can't be read: {why(error)}", reason="permission") from error
    secrets, dark = _shadow(root / "etc/shadow")
    by_gid = {group.gid: group.name for group in reversed(known)}
    items = [_user(one, by_gid, known, secrets.get(one.name, {}), dark) for one in people]
    items += [Item(name=f"{GROUP}{safe_name(one.name)}", facts={"gid": one.gid}) for one in known]
    return [*items, *_files(place, root, people)]


def _user(
    one: Account, by_gid: Mapping[int, str], known: Sequence[Group], secrets: Mapping[str, Value], dark: str
) -> Item:
    facts: dict[str, Value] = {
        "uid": one.uid,
        "group": safe_name(by_gid.get(one.gid, str(one.gid))),
        "groups": tuple(sorted(safe_name(group.name) for group in known if one.name in group.members)),
        "home": safe_name(one.home),
        "shell": safe_name(one.shell),
    }
    unreadable = dict.fromkeys(_SHADOW_FACTS, dark) if dark else {}
    return Item(name=f"{USER}{safe_name(one.name)}", facts=facts | dict(secrets), unreadable=unreadable, kept=False)


def _shadow(file: Path) -> tuple[Mapping[str, Mapping[str, Value]], str]:
    """What is known of passwords, and why nothing is."""
    try:
        return passwords(file.read_text("utf-8", "surrogateescape")), ""
    except FileNotFoundError:
        return {}, ""
    except OSError as error:
        return {}, f"/etc/shadow: {why(error)}"


def _files(place: Place, root: Path, people: Sequence[Account]) -> list[Item]:
    """Sudoers, and the keys of everybody who has a home."""
    homes = dict.fromkeys(one.home for one in people[:ITEMS] if one.home.startswith("/"))
    only = raw_name(place.only)
    found = find(SUDOERS, root, only)
    for home in homes:
        below = str(root / home.lstrip("/"))
        for key in _KEYS:
            path = f"{below}/{key}"
            if not only or only == path:
                found.paths.add(path)
    reader = FileReader(place)
    items = (reader.item(path) for path in sorted(found.paths))
    return unknown(found.unreadable, [item for item in items if item is not None])
