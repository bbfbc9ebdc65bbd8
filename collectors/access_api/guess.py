"""Says of a line that is not in the configured format which one it may be in. Pure."""

from collectors.access_api.parse import COMBINED, Fields, parser
from collectors.access_api.tally import tally
from collectors.text import clean

KNOWN = 'known are "combined", "common", "json", and a log_format of nginx with its $variables'
_SHOWN_LINE = 100
_TIMED = (f"{COMBINED} $request_time $upstream_response_time", f"{COMBINED} $request_time")
_CANDIDATES = ("json", *_TIMED, "combined", f"$host {COMBINED}", "common")


def guessed(line: bytes, configured: str) -> str:
    """A setting that would read the line, as the config has it; "" where none is known."""
    if line[:1] == b"{" and configured == "json":
        return 'fields = { status = "…" }'
    for name in _CANDIDATES:
        if name != configured and _reads(name, line):
            return f"format = {_quoted(name)}"
    return 'format = "json", fields = { status = "…" }' if line[:1] == b"{" and line[-1:] == b"}" else ""


def told(line: bytes, configured: str) -> str:
    """One sentence: the line, that it does not have the format, and what it may be."""
    shown = clean(line[:1_000].decode("utf-8", "replace"), _SHOWN_LINE)
    guess = guessed(line, configured)
    meant = f"did you mean {guess}? " if guess else ""
    return f"a line without the configured format, {_quoted(clean(configured, _SHOWN_LINE))}: {shown}; {meant}{KNOWN}"


def _reads(name: str, line: bytes) -> bool:
    """Whether the line has a status there, and times where the format has times."""
    found, _ = tally(parser(name, Fields()).rows(line.rstrip(b"\r\n") + b"\n"), 1, "s")
    return sum(found.statuses[each] for each in range(1, 6)) == 1 and (name not in _TIMED or bool(found.times))


def _quoted(text: str) -> str:
    """As a TOML text."""
    return f"'{text}'" if '"' in text else f'"{text}"'
