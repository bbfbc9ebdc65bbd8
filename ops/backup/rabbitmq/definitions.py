"""What a broker's definitions are made of: things with names, to count, choose and compare. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Any

import msgspec

from collectors.text import clean
from ops.backup.errors import BackupError

Definitions = Mapping[str, Any]
Thing = Mapping[str, Any]
_NAMED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "users": ("user", ("name",)),
    "vhosts": ("vhost", ("name",)),
    "permissions": ("permission", ("vhost", "user")),
    "topic_permissions": ("topic permission", ("vhost", "user", "exchange")),
    "parameters": ("parameter", ("vhost", "component", "name")),
    "global_parameters": ("global parameter", ("name",)),
    "policies": ("policy", ("vhost", "name")),
    "queues": ("queue", ("vhost", "name")),
    "exchanges": ("exchange", ("vhost", "name")),
    "bindings": ("binding", ("vhost", "source", "destination_type", "destination", "routing_key", "arguments")),
}
"""Each list of the API: what one of it is called, and which of its fields name it."""
_IN_A_VHOST = ("policies", "queues", "exchanges", "bindings")
_OWN = ("global parameter internal_cluster_id",)
"""What a broker is, and not what it was told: another one has another."""
_TOLD = ("rabbit_version", "rabbitmq_version")
_UNPROVEN = ("metadata", "password")


def read(content: bytes) -> Definitions:
    """Raises BackupError "damaged"."""
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise damaged("they are no JSON") from error
    if not isinstance(found, dict) or not any(name in found for name in _NAMED):
        raise damaged("they name nothing")
    for name in _NAMED:
        if not isinstance(found.get(name, []), list) or not all(isinstance(one, dict) for one in found.get(name, [])):
            raise damaged(f"{name} are no list")
    return found


def damaged(why: str) -> BackupError:
    """What is read are no definitions as RabbitMQ gives them."""
    return BackupError(f"the definitions are damaged: {why}", "restore another backup", reason="damaged")


def written(definitions: Definitions) -> bytes:
    """For people and for RabbitMQ, always the same for the same."""
    return msgspec.json.format(msgspec.json.encode(definitions, order="deterministic"), indent=1)


def counts(definitions: Definitions) -> dict[str, int]:
    """How many there are of each list that has some."""
    return {name: len(definitions[name]) for name in _NAMED if definitions.get(name)}


def version_of(definitions: Definitions) -> str:
    """Of the broker that gave them."""
    return next((clean(definitions[name]) for name in _TOLD if definitions.get(name)), "")


def things(definitions: Definitions) -> dict[str, tuple[str, Thing]]:
    """By name, such as "queue shop/orders": the list that it is of, and what it is.

    Where several would be called alike ("a/b" in "c" and "a" in "b/c", long arguments) each is told apart by a digest.
    """
    found: dict[str, dict[bytes, tuple[str, Thing]]] = {}
    for section, (word, fields) in _NAMED.items():
        for one in definitions.get(section, ()):
            exact = msgspec.json.encode([one.get(field) for field in fields], order="deterministic")
            found.setdefault(f"{word} {_name(one, fields)}", {})[exact] = (section, one)
    return {
        name if len(alike) == 1 else f"{name} ~{sha256(exact).hexdigest()[:8]}": thing
        for name, alike in found.items()
        if name not in _OWN
        for exact, thing in alike.items()
    }


def _name(one: Thing, fields: Iterable[str]) -> str:
    parts = []
    for field in fields:
        value = one.get(field, "")
        if isinstance(value, dict):
            value = msgspec.json.encode(value, order="deterministic").decode() if value else ""
        if value != "":
            parts.append(clean(value, 500))
    return "/".join(parts)


def without_secrets(definitions: Definitions) -> tuple[Definitions, list[str]]:
    """Fit to be kept in clear: without hashes of passwords, and without parameters, whose addresses have passwords."""
    users = [
        {key: value for key, value in user.items() if "password" not in key and key != "hashing_algorithm"}
        for user in definitions.get("users", ())
    ]
    notes = ["passwords of users are not in it: this backup is not encrypted"]
    parameters = definitions.get("parameters", ())
    if parameters:
        notes.append(f"{len(parameters)} parameters (shovels, federation) are not in it: this backup is not encrypted")
    return {**definitions, "users": users, "parameters": []}, notes


def chosen(definitions: Definitions, only: Sequence[str]) -> dict[str, tuple[str, Thing]]:
    """What a wish names: lists ("queues"), things ("queue shop/orders") or globs of them. Raises BackupError."""
    every = things(definitions)
    if not only:
        return every
    found = {
        name: thing
        for name, thing in every.items()
        if any(one in (name, thing[0]) or fnmatchcase(name, one) for one in only)
    }
    if not found:
        raise BackupError(
            f"nothing in it is called {', '.join(clean(one) for one in only[:5])}",
            "see what there is: watchfloor backup contents",
            reason="missing",
        )
    return found


def possible(
    wanted: Mapping[str, tuple[str, Thing]], there: Mapping[str, tuple[str, Thing]]
) -> tuple[dict[str, tuple[str, Thing]], list[str]]:
    """What of it RabbitMQ can be given: no user without a password, and no rights of one that is not there."""
    notes = [
        f"{name} is not put back: its password is not in this backup"
        for name, (section, one) in wanted.items()
        if section == "users" and "password_hash" not in one and name not in there
    ]
    given = {name: (section, one) for name, (section, one) in wanted.items() if _is_whole(section, one)}
    users = {str(one["name"]) for section, one in [*given.values(), *there.values()] if section == "users"}
    lost = [name for name, (_, one) in given.items() if "user" in one and str(one["user"]) not in users]
    notes += [f"{name} is not put back: there is no such user" for name in lost]
    return {name: thing for name, thing in given.items() if name not in lost}, notes


def _is_whole(section: str, one: Thing) -> bool:
    return section != "users" or "password_hash" in one


def as_definitions(chosen: Mapping[str, tuple[str, Thing]], version: str) -> Definitions:
    """In the form that the API takes."""
    made: dict[str, Any] = {"rabbit_version": version, "rabbitmq_version": version}
    for section, one in chosen.values():
        made.setdefault(section, []).append(one)
    return made


def differences(wanted: Mapping[str, tuple[str, Thing]], there: Mapping[str, tuple[str, Thing]]) -> list[str]:
    """What is not as wanted, a sentence each."""
    found = []
    for name, (_, one) in wanted.items():
        if name not in there:
            found.append(f"{name} is not there")
        elif not is_same(one, there[name][1]):
            found.append(f"{name} is other than it was taken")
    return found


def is_same(one: Thing, other: Thing) -> bool:
    """Whether two things are the same, with what a newer broker adds to them left out."""
    return all(one[key] == other[key] for key in one if key in other and not key.startswith(_UNPROVEN)) and one.get(
        "password_hash", 0
    ) in (0, other.get("password_hash", 0))


def of_vhost(definitions: Definitions, vhost: str) -> Definitions:
    """What a virtual host has, without its name, and without what would begin to move messages."""
    made: dict[str, Any] = {"rabbit_version": version_of(definitions)}
    for section in _IN_A_VHOST:
        mine = [one for one in definitions.get(section, ()) if one.get("vhost", vhost) == vhost]
        made[section] = [{key: value for key, value in one.items() if key != "vhost"} for one in mine]
    return made
