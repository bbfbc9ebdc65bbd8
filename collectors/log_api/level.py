"""What a line of a log says: how bad it is and what its message is, in the forms that programs write. Pure."""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec

from collectors.text import LINE_LIMIT

Severity = Literal["error", "warning", ""]

_LOOKED_AT = 300
"""Characters in which a level is looked for: what comes later is part of the message."""
_ERRORS = (
    "error",
    "err",
    "eror",
    "fatal",
    "critical",
    "crit",
    "alert",
    "emerg",
    "emergency",
    "panic",
    "dpanic",
    "severe",
)
_NAMED: Mapping[str, Severity] = {
    **dict.fromkeys(_ERRORS, "error"),
    **dict.fromkeys(("warning", "warn"), "warning"),
}
_LEVEL_KEYS = ("level", "severity", "lvl", "log.level", "@level", "levelname", "loglevel", "log_level")
_MESSAGE_KEYS = ("msg", "message", "@message", "MESSAGE", "event", "text")
_FAULT_KEYS = ("err", "error", "exception", "exc_info")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_LOGFMT = re.compile(r'(?:^|\s)(?:level|lvl|severity|loglevel)="?([A-Za-z]++)')
_LOGFMT_TEXT = re.compile(r'(?:^|\s)(?:msg|message)=(?:"((?:[^"\\]|\\.)*+)"|(\S++))')
_LOGFMT_FAULT = re.compile(r'(?:^|\s)(?:err|error)=(?:"((?:[^"\\]|\\.)*+)"|(\S++))')
_PRIORITY = re.compile(r"<(\d{1,3})>(?:1 )?")
_TIME_AND_HOST = re.compile(
    r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S++ |\d{4}-\d\d-\d\dT\S++ \S++ )?"
    r"(?:(?P<program>[\w./-]{1,48}+)(?:\[\d++\])?: )?"
)
_WORD = re.compile(
    r"\b(?P<upper>ERROR|FATAL|CRITICAL|SEVERE|PANIC|EMERG|ALERT|CRIT|ERR|WARNING|WARN|NOTICE|INFO|DEBUG|TRACE)\b"
    r"|\[(?:\w++:)?(?P<boxed>(?i:error|fatal|critical|crit|alert|emerg|err|warning|warn|notice|info|debug|trace))\]"
    r"|(?:^|(?<=\s))(?P<told>(?i:error|fatal|critical|panic|warning|warn|notice|info|debug))(?=:|\s-\s)"
    r"|^(?P<glog>[EFWI])\d{4} \d\d:\d\d:\d\d\S*+\s++\d++ [^\]\s]++\]"
)
_TROUBLE = re.compile(
    r"^Traceback \(most recent call last\)|^Exception in thread |^Unhandled "
    r"|^(?:[\w$]++\.)*+\w*(?:Exception|Error)(?::|$)"
    r"|^Caused by: |Segmentation fault|core dumped|^fatal error: |Out of memory"
)
_DECODER = msgspec.json.Decoder(dict[str, object])
_AROUND = " \t:-|]>)"


class Said(NamedTuple):
    """What one line says."""

    severity: Severity
    message: str
    """Without time, level and colours, as far as those are known; raw otherwise."""


def decoded(line: bytes) -> str:
    """The text of a line, bounded, without colours."""
    text = line[: 4 * LINE_LIMIT].decode("utf-8", "replace")[:LINE_LIMIT].rstrip("\r\n")
    return _COLOURS.sub("", text) if "\x1b" in text else text


def read_line(line: bytes) -> Said:
    """Read one line in whatever form it is: JSON, logfmt, syslog, klog, or a word for its level."""
    if line[:1] == b"{":
        try:
            return _read_object(_DECODER.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
    return read_text(decoded(line))


def read_text(text: str) -> Said:
    """Read a line that is no JSON."""
    if text.startswith("<") and (found := _PRIORITY.match(text)):
        rest = text[found.end() :]
        header = _TIME_AND_HOST.match(rest)
        return Said(of_priority(int(found[1]) & 7), rest[header.end() :] if header else rest)
    if "=" in text and (found := _LOGFMT.search(text, 0, _LOOKED_AT)):
        said = _named(found[1])
        return Said(said, _logfmt_message(text) or text) if said else Said("", text)
    word = _WORD.search(text, 0, _LOOKED_AT)
    if word is not None:
        named = word["upper"] or word["boxed"] or word["told"]
        severity = _named(named) if named else _named({"E": "error", "F": "fatal", "W": "warn"}.get(word["glog"], ""))
        return Said(severity, text[word.end() :].lstrip(_AROUND) or text) if severity else Said("", text)
    if _TROUBLE.search(text, 0, _LOOKED_AT):
        return Said("error", text)
    return Said("", text)


def of_priority(priority: int) -> Severity:
    """Syslog's severities: 0 to 3 are errors, 4 is a warning."""
    return "error" if priority <= 3 else "warning" if priority == 4 else ""


def _named(word: str) -> Severity:
    return _NAMED.get(word.lower(), "")


def _of_level(level: object) -> Severity:
    """A level's name, pino's and bunyan's numbers (10 to 60), or syslog's (0 to 7)."""
    if isinstance(level, str):
        return _of_level(int(level)) if level.isascii() and level.isdecimal() and len(level) < 4 else _named(level)
    if isinstance(level, bool) or not isinstance(level, int | float):
        return ""
    if level < 10:
        return of_priority(int(level)) if level >= 0 else ""
    return "error" if level >= 50 else "warning" if level >= 40 else ""


def _read_object(fields: Mapping[str, object]) -> Said:
    level = next((fields[key] for key in _LEVEL_KEYS if key in fields), None)
    if level is None and isinstance(inner := fields.get("log"), dict):
        level = inner.get("level")
    severity = _of_level(level)
    if not severity:
        return Said("", _text(fields, _MESSAGE_KEYS))
    message, fault = _text(fields, _MESSAGE_KEYS), _text(fields, _FAULT_KEYS)
    return Said(severity, f"{message}: {fault}" if message and fault and fault not in message else message or fault)


def _text(fields: Mapping[str, object], keys: tuple[str, ...]) -> str:
    """The first of those fields that says something; of an object its message."""
    for key in keys:
        value = fields.get(key)
        if isinstance(value, dict):
            value = value.get("message") or value.get("msg")
        if isinstance(value, str) and value.strip():
            return value.strip().partition("\n")[0][:LINE_LIMIT]
    return ""


def _logfmt_message(text: str) -> str:
    message, fault = (_first(pattern.search(text)) for pattern in (_LOGFMT_TEXT, _LOGFMT_FAULT))
    return f"{message}: {fault}" if message and fault else message or fault


def _first(found: "re.Match[str] | None") -> str:
    return (found[1] or found[2] or "") if found else ""
