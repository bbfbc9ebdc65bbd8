"""Takes the lines of access logs apart: nginx log_format texts as one fast expression, and JSON objects. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

COMMON = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'
COMBINED = f'{COMMON} "$http_referer" "$http_user_agent"'
ROLES = ("status", "request_time", "bytes", "path", "method")
"""What is read of a request."""
_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "status": ("status",),
    "request_time": ("request_time", "upstream_response_time"),
    "bytes": ("body_bytes_sent", "bytes_sent"),
    "path": ("request", "request_uri", "uri"),
    "method": ("request_method",),
}
"""The variables of nginx that a role is taken from, the best first."""
_JSON_FIELDS: Mapping[str, tuple[str, ...]] = {
    "status": ("status", "status_code", "DownstreamStatus", "http.response.status_code"),
    "request_time": ("request_time", "duration", "latency", "response_time", "upstream_response_time", "Duration"),
    "bytes": ("body_bytes_sent", "bytes_sent", "bytes", "size", "DownstreamContentSize"),
    "path": ("request_uri", "uri", "path", "request", "request.uri", "url", "RequestPath"),
    "method": ("request_method", "method", "request.method", "RequestMethod"),
}
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_DECODER = msgspec.json.Decoder(dict[str, object])

Column = Sequence[object]


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a log has what is read of it; "" means where it usually is."""

    status: str = ""
    request_time: str = ""
    bytes: str = ""
    path: str = ""
    method: str = ""


class Rows(NamedTuple):
    """The requests of a block, one column for each role; a role that the log lacks has none."""

    requests: int
    columns: Mapping[str, Column]


class Parser(Protocol):
    """Takes blocks of whole lines apart."""

    def rows(self, block: bytes) -> Rows:
        """The lines that could be read."""

    def has(self, role: str) -> bool:
        """Whether its lines can tell it."""


class TextParser:
    """Lines of one log_format. Each part of the expression ends at a character that it can't hold: none goes back."""

    def __init__(self, log_format: str, fields: Mapping[str, str], *, more: bool = False) -> None:
        """`fields` names variables by role; `more` lets lines go on after the format. Raises ValueError."""
        there = [first or second for first, second in _VARIABLE.findall(log_format)]
        roles = dict(_chosen(there, fields))
        if "status" not in roles:
            raise ValueError("the format has no $status, or the variable that fields names for it")
        self._roles = sorted(roles, key=lambda role: there.index(roles[role]))
        taken = [roles[role] for role in self._roles]
        end = r"(?:[ \t][^\n]*+)?+\r?$" if more else r"\r?$"
        whole = _expression(log_format, taken, " " if more else "") + end
        self._find = re.compile(b"(?m)^" + whole.encode()).findall

    def has(self, role: str) -> bool:
        """Whether the format has a variable for it."""
        return role in self._roles

    def rows(self, block: bytes) -> Rows:
        """The lines that have the format."""
        found = self._find(block)
        if len(self._roles) == 1:
            return Rows(len(found), {self._roles[0]: found})
        columns = list(zip(*found, strict=True)) or [()] * len(self._roles)
        return Rows(len(found), dict(zip(self._roles, columns, strict=True)))


def _chosen(there: Sequence[str], fields: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for role in ROLES:
        wanted = fields.get(role)
        if wanted and wanted.lstrip("$") not in there:
            raise ValueError(f"fields names {wanted} for {role}, which the format does not have")
        names = (wanted.lstrip("$"),) if wanted else _VARIABLES[role]
        found = next((name for name in names if name in there), "")
        if found:
            yield role, found


def _expression(log_format: str, taken: Sequence[str], last: str) -> str:
    parts, at, seen = [], 0, set[str]()
    matches = list(_VARIABLE.finditer(log_format))
    for index, match in enumerate(matches):
        name = match[1] or match[2]
        parts.append(re.escape(log_format[at : match.start()]))
        at = match.end()
        after = log_format[at : matches[index + 1].start() if index + 1 < len(matches) else None]
        if not after and at < len(log_format):
            raise ValueError(f"nothing stands between ${name} and the variable after it")
        inside = _value(name, after[:1] or last)
        parts.append(f"({inside})" if name in taken and name not in seen else f"(?:{inside})")
        seen.add(name)
    return "".join(parts) + re.escape(log_format[at:].rstrip())


def _value(name: str, end: str) -> str:
    """What a variable can hold, up to the character that ends it."""
    if name == "status":
        return r"\d{3}"
    if end == '"':
        return r'(?:[^"\\\n]|\\.)*+'
    if end == " " and name.startswith("upstream_"):
        return r"[^ ,\n]*+(?:[,:] [^ ,\n]*+| : [^ ,\n]*+)*+"
    return rf"[^{re.escape(end)}\n]*+" if end else r"[^\n\r]*+"


class JsonParser:
    """One JSON object a line. `fields` names fields by role, with dots for inner ones; else the usual are tried."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._wanted = {role: (fields[role],) if fields.get(role) else _JSON_FIELDS[role] for role in ROLES}
        self._get: dict[str, Callable[[dict[str, object]], object]] = {}

    def has(self, role: str) -> bool:
        """Whether it is looked for: objects may have it."""
        return role in self._wanted

    def rows(self, block: bytes) -> Rows:
        """The lines that are objects and have a status."""
        found = [row for line in block.split(b"\n") if (row := _object(line)) is not None]
        if not found:
            return Rows(0, {})
        if "status" not in self._get:
            self._learn(found)
        status = self._get.get("status")
        if status is None:
            return Rows(0, {})
        rows = [row for row in found if status(row) is not None]
        return Rows(len(rows), {role: [get(row) for row in rows] for role, get in self._get.items()})

    def _learn(self, rows: Sequence[dict[str, object]]) -> None:
        """Find out which field each role is in, from the first object that has a status."""
        for row in rows:
            found = {
                role: next((name for name in names if field(name)(row) is not None), "")
                for role, names in self._wanted.items()
            }
            if found["status"]:
                # A role whose usual field is not in this object may be in others.
                chosen = {role: name or self._wanted[role][0] for role, name in found.items()}
                self._get = {role: field(name) for role, name in chosen.items()}
                return


def field(name: str) -> Callable[[dict[str, object]], object]:
    """What gets a field of an object: one with that very name, else along its dots."""
    if "." not in name:
        return lambda row: row.get(name)
    return lambda row: row[name] if name in row else _along(row, name.split("."))


def _along(value: object, path: Sequence[str]) -> object:
    for part in path:
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _object(line: bytes) -> dict[str, object] | None:
    if line[:1] != b"{":
        return None
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def parser(log_format: str, fields: Fields) -> Parser:
    """What takes lines of a format apart: "combined", "common", "json" or a log_format of nginx. Raises ValueError."""
    named = msgspec.structs.asdict(fields)
    if log_format == "json":
        return JsonParser(named)
    if log_format in ("combined", "common"):
        return TextParser(COMBINED if log_format == "combined" else COMMON, named, more=True)
    if "$" not in log_format:
        raise ValueError('a format is "combined", "common", "json", or a log_format of nginx with its $variables')
    return TextParser(log_format, named)
