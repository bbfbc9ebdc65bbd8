"""The trail for other programs and for people: JSON lines as they stand, CSV, and one line of text for each record."""

import csv
import io
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from collectors.text import LINE_LIMIT, clean, no_formula
from ops.audit.chain import Entry, written

COLUMNS = ("seq", "at", "kind", "user", "origin", "tty", "host", "job", "action", "row", "verdict", "said", "hash")
"""Of CSV; everything else of a record is in the last column, `data`, as JSON."""


def as_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """Each record exactly as it stands on disk: the chain can be verified on the copy too."""
    for entry in entries:
        yield written(entry).decode()


def as_csv(entries: Iterable[Entry]) -> Iterator[str]:
    """A header, then a line for each record; nothing in it is taken for a formula by a spreadsheet."""
    yield _line(COLUMNS, "data")
    for entry in entries:
        data = entry.data
        by = _by(data)
        told = [by.get("user"), by.get("origin"), by.get("tty"), data.get("on") or by.get("host")]
        what = [data.get(name, "") for name in ("job", "action", "row", "verdict", "said")]
        rest = json.dumps(data, sort_keys=True, ensure_ascii=True)
        yield _line((entry.seq, moment(entry.at), entry.kind, *told, *what, entry.hash), rest)


def as_text(entries: Iterable[Entry]) -> Iterator[str]:
    """For reading: "12  2026-11-21 10:00:00 UTC  outcome  alice  job 4  restart api: verified, it is ok again"."""
    for entry in entries:
        data = entry.data
        who = _by(data).get("user") or "-"
        job = f"job {data['job']}" if data.get("job") else "-"
        yield clean(
            f"{entry.seq:>6}  {moment(entry.at)}  {entry.kind:<8}  {who:<12}  {job:<8}  {_what(data)}".rstrip(),
            LINE_LIMIT,
        )


def moment(at: float) -> str:
    """UTC, to the second; the figure itself where that is no moment."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at))
    except (OverflowError, ValueError, OSError):
        return f"{at}"


def _what(data: Mapping[str, Any]) -> str:
    ended = ", ".join(str(data[name]) for name in ("verdict", "said") if data.get(name))
    title = str(data.get("title") or "")
    if title or ended:
        return ": ".join(filter(None, (title, ended)))
    return ", ".join(f"{name} {value}" for name, value in data.items() if name != "by")


def _by(data: Mapping[str, Any]) -> Mapping[str, Any]:
    by = data.get("by")
    return by if isinstance(by, Mapping) else {"user": str(by or "")}


def _line(values: Iterable[object], data: str) -> str:
    """One line; `data` is ASCII without signs that could do anything, and is never cut."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([*map(_cell, values), data])
    return out.getvalue()


def _cell(value: object) -> object:
    """Made inert whatever it is: the file may be another than the one that we wrote. A figure stays one."""
    if value is None or isinstance(value, int | float):
        return value
    return no_formula(clean(value, LINE_LIMIT))
