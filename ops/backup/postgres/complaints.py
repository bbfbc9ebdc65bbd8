"""Tells pg_restore's harmless complaints from loss. Pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from collectors.text import clean

_ENTRY = re.compile(r"pg_restore: from TOC entry \d+; \d+ \d+ (.*)")
_ERROR = re.compile(r"pg_restore: error: (?:could not execute query: )?(.*)")
_IGNORED = re.compile(r"pg_restore: warning: errors ignored on restore: (\d+)")
_HARMLESS: tuple[tuple[str, str, str], ...] = (
    (r"^(?:COMMENT )?EXTENSION ", r"must be owner of extension|permission denied to create extension|already exists",
     "an extension that only a superuser may make or comment on"),
    (r"^(?!POLICY |USER MAPPING )", r'role "[^"]*" does not exist', "an owner or grantee that is no role here"),
    (r"", r"must be (?:a )?member of role|must be able to SET ROLE|must be owner of (?:schema|language|database)",
     "an owner that we may not set"),
    (r"^(?:DEFAULT )?ACL ", r"permission denied|no privileges", "rights that we may not grant"),
    (r"", r"unrecognized configuration parameter", "a setting that this server does not know"),
    (r"^SCHEMA public ", r'schema "public" already exists', "the schema public, which every database has"),
    (r"^(?:SUBSCRIPTION|PUBLICATION|EVENT TRIGGER) ", r"must be superuser|permission denied",
     "something that only a superuser may make"),
)  # fmt: skip
"""By entry and error, what is known to take no row with it; counts are compared all the same."""
_HARMLESS_IN_A_PROOF: tuple[tuple[str, str, str], ...] = (
    (r"^EXTENSION ", r"is not available", "an extension that the server of the proof has not"),
    (r"^COMMENT EXTENSION ", r"does not exist", "an extension that the server of the proof has not"),
)
"""What needs such an extension complains of its own, and that is loss."""
_SHOWN = 5


class Complaint(NamedTuple):
    """One error that pg_restore went on after."""

    entry: str
    """"EXTENSION pg_trgm (no owner)": kind, name, owner; "" where it is of none."""
    error: str

    def harmless(self, *, proof: bool) -> str:
        """What it is of, where it is known to be harmless; else ""."""
        for entry, error, what in (*_HARMLESS, *(_HARMLESS_IN_A_PROOF if proof else ())):
            if re.search(entry, self.entry) and re.search(error, self.error):
                return what
        return ""

    @property
    def told(self) -> str:
        """For people."""
        return clean(f"{self.entry.strip()}: {self.error}" if self.entry else self.error, 300)


class Judged(NamedTuple):
    """What a run of pg_restore left."""

    lost: tuple[str, ...]
    """What went wrong that is not known to be harmless."""
    harmless: tuple[str, ...]


def read(text: str) -> list[Complaint]:
    """Its errors, each with the entry of the list that it was at."""
    found, entry = [], ""
    for line in text.splitlines():
        if match := _ENTRY.match(line):
            entry = match[1]
        elif match := _ERROR.match(line):
            found.append(Complaint(entry, re.sub(r"^(?:ERROR|FATAL):\s*", "", match[1])))
            entry = ""
    return found


def judged(code: int, text: str, *, proof: bool = False) -> Judged:
    """What a run that ended with that code lost. A bad code that nothing explains is loss.

    `proof`: it went into something that is only made to prove it.
    """
    complaints = read(text)
    kinds = [one.harmless(proof=proof) for one in complaints]
    lost = [one.told for one, kind in zip(complaints, kinds, strict=True) if not kind]
    ignored = next((int(match[1]) for match in _IGNORED.finditer(text)), 0)
    if len(complaints) < ignored:
        lost.append(f"{ignored - len(complaints)} errors that are not told")
    if code and not lost and (code != 1 or not ignored):
        lost.append(clean(f"pg_restore ended with status {code}: {_last(text)}", 300))
    return Judged(_bounded(lost), tuple(f"{kind} ({kinds.count(kind)})" for kind in dict.fromkeys(kinds) if kind))


def _bounded(found: Sequence[str]) -> tuple[str, ...]:
    more = len(found) - _SHOWN
    return (*found[:_SHOWN], *((f"and {more} more",) if more > 0 else ()))


def _last(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "nothing was said")
