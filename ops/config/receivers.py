"""Checks `[[notify]]`: each kind has what it needs, and nothing that it would never look at."""

import unicodedata
from collections.abc import Mapping
from email.errors import MessageError
from email.headerregistry import Address
from urllib.parse import urlsplit

import msgspec

from collectors.net.http_config import check_headers
from collectors.net.wire import split_url
from collectors.redact import password_inside
from ops.config.alerting import Receiver
from ops.config.lines import Path
from ops.config.names import did_you_mean
from ops.config.problems import Problems

_NAME_LIMIT = 100
_LONGEST_TIMEOUT_S = 60.0
_SECRET_WAYS = ("_env", "_file", "_command")
_EVERY = ("name", "kind", "levels", "send_resolved", "timeout", "give_up")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "slack": ("url", "ca_file"),
    "pagerduty": ("url", "key", "deploys", "ca_file"),
    "email": ("to", "from", "server", "user", "password", "tls", "ca_file"),
    "webhook": ("url", "headers", "template", "ca_file"),
    "terminal": (),
    "apprise": ("url",),
}
"""What each kind looks at, besides what all do; a secret by its stem."""
TEMPLATE_FIELDS = (
    "title", "summary", "text", "severity", "action", "incident", "group", "environment", "floor", "at", "key",
)  # fmt: skip
"""What a template may name."""
_SLACK_HOST = "hooks.slack.com"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def named(receivers: Mapping[Path, Receiver]) -> dict[Path, Receiver]:
    """The same, each with a name: its kind's where it has none of its own."""
    return {
        path: msgspec.structs.replace(receiver, name=receiver.name or receiver.kind)
        for path, receiver in receivers.items()
    }


def check_receivers(receivers: Mapping[Path, Receiver], problems: Problems) -> None:
    """Names that can be told apart, and of each kind what it needs."""
    seen: dict[str, Path] = {}
    for path, receiver in receivers.items():
        _check_name(receiver.name, path, seen, problems)
        _check_times(receiver, path, problems)
        _check_keys(receiver, path, problems)
        if receiver.kind == "email":
            _check_email(receiver, path, problems)
        elif receiver.kind != "terminal":
            _check_address(receiver, path, problems)


def _check_name(name: str, path: Path, seen: dict[str, Path], problems: Problems) -> None:
    if name != name.strip() or len(name) > _NAME_LIMIT or any(unicodedata.category(char)[0] == "C" for char in name):
        problems.add((*path, "name"), f"must be 1 to {_NAME_LIMIT} printable characters, without space around them")
    if name in seen:
        place = problems.place(seen[name])
        problems.add((*path, "name"), f'"{name}" is already the name of {place}; give one of them another')
    seen.setdefault(name, path)


def _check_times(receiver: Receiver, path: Path, problems: Problems) -> None:
    if not 0 < receiver.timeout <= _LONGEST_TIMEOUT_S:
        problems.add((*path, "timeout"), 'must be more than nothing, and "60s" or less: others wait behind it')
    if receiver.give_up < receiver.timeout:
        problems.add((*path, "give_up"), "is less than timeout: nothing would ever be tried a second time")


def _check_keys(receiver: Receiver, path: Path, problems: Problems) -> None:
    """Nothing is set that this kind never looks at: it would seem to work."""
    known = (*_EVERY, *_KEYS[receiver.kind])
    unset = Receiver(kind=receiver.kind)
    for field in msgspec.structs.fields(Receiver):
        key = field.encode_name
        if _stem(key) not in known and getattr(receiver, field.name) != getattr(unset, field.name):
            problems.add((*path, key), f"means nothing to kind {receiver.kind}; {did_you_mean(key, known)}")


def _stem(key: str) -> str:
    """What a setting is about: "url" of "url_env"; `ca_file` is no secret."""
    way = next((way for way in _SECRET_WAYS if key.endswith(way) and key != "ca_file"), "")
    return key.removesuffix(way)


def has_secret(receiver: Receiver, stem: str) -> bool:
    """Whether it says where such a secret is to be had."""
    return any(getattr(receiver, stem + way) for way in _SECRET_WAYS)


def _check_address(receiver: Receiver, path: Path, problems: Problems) -> None:
    secret = has_secret(receiver, "url")
    if receiver.url and secret:
        problems.add((*path, "url"), "is given twice: one of url, url_env, url_file and url_command is enough")
    if receiver.kind == "pagerduty":
        if secret:
            way = next(way for way in _SECRET_WAYS if getattr(receiver, f"url{way}"))
            problems.add((*path, f"url{way}"), "means nothing to kind pagerduty: its address is no secret; write url")
        if not has_secret(receiver, "key"):
            problems.add((*path, "key_env"), "is missing: the routing key comes from key_env, key_file or key_command")
    elif not receiver.url and not secret:
        problems.add((*path, "url_env"), "is missing: the address comes from url_env, url_file or url_command, or url")
    if receiver.kind == "apprise" and password_inside(receiver.url):
        problems.add((*path, "url"), "has a password in it; give it by url_env, url_file or url_command")
    elif receiver.url and receiver.kind != "apprise":
        _check_url(receiver, path, problems)
    if receiver.kind == "webhook":
        _check_webhook(receiver, path, problems)


def _check_url(receiver: Receiver, path: Path, problems: Problems) -> None:
    try:
        host = split_url(receiver.url).hostname
    except ValueError as error:
        problems.add((*path, "url"), str(error))
        return
    if receiver.kind == "slack" and host == _SLACK_HOST:
        problems.add((*path, "url"), "is a secret: whoever has it can write there; give it by url_env or url_file")


def _check_webhook(receiver: Receiver, path: Path, problems: Problems) -> None:
    try:
        check_headers(receiver.headers, receiver.headers_env)
    except ValueError as error:
        problems.add((*path, "headers"), str(error))
    from ops.notify.receivers.template import fields_of

    for name in fields_of(receiver.template):
        if name not in TEMPLATE_FIELDS:
            hint = did_you_mean(name, TEMPLATE_FIELDS)
            problems.add((*path, "template"), f'there is no field "{{{name}}}"; {hint}')


def _check_email(receiver: Receiver, path: Path, problems: Problems) -> None:
    for key, missing in (("to", not receiver.to), ("from", not receiver.sender), ("server", not receiver.server)):
        if missing:
            problems.add((*path, key), "is missing, and no mail can be sent without it")
    for index, address in enumerate(receiver.to):
        _check_mailbox(address, (*path, "to", index), problems)
    if receiver.sender:
        _check_mailbox(receiver.sender, (*path, "from"), problems)
    if receiver.server and server_place(receiver.server) is None:
        problems.add((*path, "server"), 'must be "host:port", as in "smtp.example.org:587"')
    if bool(receiver.user) != has_secret(receiver, "password"):
        missing_key = "password_env" if receiver.user else "user"
        problems.add((*path, missing_key), "is missing: user and password belong together")
    elif receiver.user and receiver.tls == "none" and not _here(receiver.server):
        problems.add((*path, "tls"), '"none" would send the password in the clear; use "starttls" or "tls"')


def _check_mailbox(text: str, path: Path, problems: Problems) -> None:
    try:
        right = text.isascii() and text.isprintable() and "@" in text and bool(Address(addr_spec=text).domain)
    except (ValueError, IndexError, MessageError):
        right = False
    if not right:
        problems.add(path, 'must be a plain address, as in "oncall@example.org"')


def server_place(text: str) -> tuple[str, int] | None:
    """Host and port of "host:port", IPv6 in brackets; None for what is neither."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    plain = host and port and parts.username is None and not (parts.path or parts.query or parts.fragment)
    return (host, port) if plain and host and port and host.isprintable() and " " not in host else None


def _here(server: str) -> bool:
    place = server_place(server)
    return place is None or place[0] in _LOOPBACK
