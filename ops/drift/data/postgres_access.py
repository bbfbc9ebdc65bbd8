"""Who may do what in a PostgreSQL, as items: roles, grants, extensions, and the lines of pg_hba.conf; pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from collectors.text import clean
from ops.drift.hiding import told
from ops.drift.named import safe_name
from ops.drift.structs import Item, Value

Digest = Callable[[str, str], str]
_LISTS = ("grants", "settings", "member_of")


def roles(
    prefix: str,
    rows: Iterable[Mapping[str, Any]],
    passwords: Iterable[Mapping[str, Any]] | None,
    refused: str,
    digest: Digest,
) -> list[Item]:
    """Of a password there is a digest of its hash; `refused` says why there is none."""
    hashes = {str(row["name"]): str(row["hash"]) for row in passwords or ()}
    found = []
    for row in rows:
        facts = plain(row, ("name",))
        facts["member_of"] = tuple(safe_name(one) for one in row["member_of"])
        facts |= assignments("settings", row["settings"], digest)
        if str(row["name"]) in hashes:
            facts["password"] = digest("password", hashes[str(row["name"])])
        unreadable = {"password": refused} if passwords is None and row["logs_in"] else {}
        found.append(Item(name=f"{prefix}role/{safe_name(str(row['name']))}", facts=facts, unreadable=unreadable))
    return found


def owned(prefix: str, kind: str, rows: Iterable[Mapping[str, Any]], digest: Digest) -> list[Item]:
    """Databases and schemas, with what is granted on them."""
    found = []
    for row in rows:
        facts = plain(row, ("name",)) | grants(row["grants"])
        facts |= assignments("settings", row.get("settings", ()), digest)
        found.append(Item(name=f"{prefix}{kind}/{safe_name(str(row['name']))}", facts=facts))
    return found


def extensions(prefix: str, rows: Iterable[Mapping[str, Any]]) -> list[Item]:
    """Version and schema of each."""
    return [Item(name=f"{prefix}extension/{safe_name(str(row['name']))}", facts=plain(row, ("name",))) for row in rows]


def rules(prefix: str, rows: Sequence[Mapping[str, Any]] | None, refused: str, digest: Digest) -> list[Item]:
    """The lines in their order, since the first that fits counts; options may hold passwords of other servers."""
    name = f"{prefix}access_rules"
    if rows is None:
        return [Item(name=name, unreadable={"": refused})]
    return [Item(name=name, facts={"lines": tuple(_line(row, digest) for row in rows)})]


def _line(row: Mapping[str, Any], digest: Digest) -> str:
    if row["error"]:
        return clean(f"faulty: {row['error']}")
    options = " ".join(_option(option, digest) for option in str(row["options"]).split())
    words = (row["type"], row["databases"], row["users"], row["address"], row["netmask"], row["method"], options)
    return clean(" ".join(str(word) for word in words if word))


def _option(option: str, digest: Digest) -> str:
    name, sign, value = option.partition("=")
    secret = "secret" in name or "passwd" in name
    return f"{name}{sign}{digest(name, value) if secret else told(digest, name, value)}"


def plain(row: Mapping[str, Any], without: Sequence[str] = ()) -> dict[str, Value]:
    """The columns that are one value each; what is not set has no fact."""
    found: dict[str, Value] = {}
    for name, value in row.items():
        if name in without or name in _LISTS or value is None:
            continue
        found[name] = value if isinstance(value, bool | int | float) else clean(value)
    return found


def grants(lines: Iterable[str]) -> dict[str, Value]:
    """ "ada=INSERT,SELECT*" to a fact for each who was granted something; "*" says that it may be passed on."""
    found: dict[str, Value] = {}
    for line in lines:
        who, _, what = line.rpartition("=")
        found[f"grants.{safe_name(who)}"] = tuple(sorted(what.split(",")))
    return found


def assignments(fact: str, lines: Iterable[str], digest: Digest) -> dict[str, Value]:
    """ "work_mem=64MB" to a fact for each setting."""
    found: dict[str, Value] = {}
    for line in lines:
        name, _, value = line.partition("=")
        found[f"{fact}.{safe_name(name)}"] = told(digest, name, value)
    return found
