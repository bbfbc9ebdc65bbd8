"""A baseline as a file: TOML that a person reads and git keeps well, sealed by a digest over all that it says.

[baseline]                               name, id, when, where and by whom; format, salt and digest
[sources.NAME]                           what was captured, and how that went
[facts.NAME."ITEM"]                      fact = value
[unreadable.NAME."ITEM"]                 fact = why; "" is the whole item
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import tomli_w
from msgspec.structs import replace

from collectors.text import LINE_LIMIT, clean
from ops.drift.sealing import digest_of, tables_of
from ops.drift.source import DriftError
from ops.drift.structs import Baseline, Captured, Head, Item, Value
from ops.drift.tidy import tidy

FORMAT = 1
LIMIT = 64 * 2**20
"""Bytes of a baseline that are read and written."""
_TOP = """\
# What was agreed for this host, as `watchfloor drift capture` found it. `watchfloor drift detect` compares with it.
# Its digest tells when it was changed by hand: then it is used with --force only. Secrets are salted digests.
"""
_SOURCE = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_THREE_QUOTES = re.compile(r'"(?="")|"\Z')


class Here(NamedTuple):
    """Where a baseline is read: what tells it from one of another host."""

    host: str
    machine: str = ""
    salt: str = ""


class Read(NamedTuple):
    """A baseline that was read."""

    baseline: Baseline
    notes: tuple[str, ...] = ()
    """Sentences that must be shown with it, doubts among them."""
    doubts: tuple[str, ...] = ()
    """Those for which it is used with force only."""
    edited: bool = False
    """Whether one of them is that it was changed by hand."""


def sealed(baseline: Baseline) -> Baseline:
    """As it is read back: sorted, tidy, times to the millisecond, without what each capture has otherwise; digested."""
    captured = sorted((_as_read(one) for one in baseline.captured), key=lambda one: one.source)
    head = replace(baseline.head, at=_moment(baseline.head.at).timestamp(), format=FORMAT, digest="")
    whole = Baseline(head=head, captured=tuple(captured))
    return replace(whole, head=replace(head, digest=digest_of(tables_of(whole))))


def written(baseline: Baseline) -> bytes:
    """The file of a baseline; the same for the same one. Raises DriftError where it is too large to be read again."""
    baseline = sealed(baseline)
    tables = tables_of(baseline)
    parts = [_TOP, _head(baseline.head)]
    for source, about in tables["sources"].items():
        parts.append(tomli_w.dumps({"sources": {source: about}}))
        unreadable = tables["unreadable"].get(source, {})
        for item, facts in tables["facts"].get(source, {}).items():
            parts.append(_facts(source, item, facts))
            if item in unreadable:
                parts.append(tomli_w.dumps({"unreadable": {source: {item: unreadable[item]}}}))
    content = _BEYOND_ASCII.sub(_shown, "\n".join(parts)).encode()
    if len(content) > LIMIT:
        raise DriftError(
            f"the baseline would be {len(content) / 2**20:.0f} MiB, more than the {LIMIT // 2**20} that are kept",
            "capture fewer files, or lower text_limit in [[drift]]",
        )
    return content


def read(content: bytes, name: str, here: Here | None = None) -> Read:
    """The baseline of a file called `name`. Raises DriftError where it is none."""
    tables = _tables(content, name)
    head = _read_head(tables, name)
    notes: list[str] = []
    doubts: list[str] = []
    if head.format > FORMAT:
        doubts.append(_newer(head))
    try:
        captured, digest = tuple(_sources(tables)), digest_of(tables)
    except (AttributeError, TypeError, ValueError, RecursionError) as error:
        raise _no_baseline(name, _newer(head) if doubts else str(error)) from error
    edited = digest != head.digest
    if edited:
        doubts.append(by_hand(name))
    if here is not None:
        notes, strange = _strange(head, here)
        doubts += strange
    return Read(Baseline(head=replace(head, name=name), captured=captured), (*doubts, *notes), tuple(doubts), edited)


def by_hand(name: str) -> str:
    """That the baseline of that name is not what was captured any more."""
    return f'baseline "{clean(name)}" was changed by hand after it was captured'


def read_head(content: bytes, name: str) -> Head:
    """Only what it says of itself, from the beginning of the file: cheap for large ones. Raises DriftError."""
    begin = content.find(b"[baseline]")
    end = content.find(b"\n[", begin)
    return replace(_read_head(_tables(content[: end if end > 0 else None], name), name), name=name)


def _as_read(captured: Captured) -> Captured:
    items = sorted((_sorted(tidy(item)) for item in captured.items), key=lambda item: item.name)
    said = {name: clean(getattr(captured, name), LINE_LIMIT) for name in ("unreadable", "remedy", "nothing")}
    return replace(captured, items=tuple(items), took_s=0.0, **said)


def _sorted(item: Item) -> Item:
    return replace(item, facts=dict(sorted(item.facts.items())), unreadable=dict(sorted(item.unreadable.items())))


def _moment(at: float) -> datetime:
    moment = datetime.fromtimestamp(at, UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _head(head: Head) -> str:
    at = _moment(head.at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    first = {"name": head.name, "id": head.id}
    rest = {
        "host": head.host, "machine": head.machine, "user": head.user, "version": head.version,
        "format": head.format, "salt": head.salt, "digest": head.digest,
    }  # fmt: skip
    return f"[baseline]\n{tomli_w.dumps(first)}at = {at}\n{tomli_w.dumps(rest)}"


def _facts(source: str, item: str, facts: Mapping[str, object]) -> str:
    """Facts of one item. Texts of several lines come last and stand as they are, carriage returns escaped."""
    texts = {name: value for name, value in facts.items() if isinstance(value, str) and "\n" in value}
    short = {name: value for name, value in facts.items() if name not in texts}
    lines = [tomli_w.dumps({"facts": {source: {item: short}}})]
    lines += [f"{tomli_w.dumps({name: ''}).rpartition(' = ')[0]} = {_text(text)}\n" for name, text in texts.items()]
    return "".join(lines)


def _shown(found: re.Match[str]) -> str:
    """What would turn lines around or not be seen is escaped; it can only be inside quotes."""
    signs = found[0]
    return signs if signs.isprintable() else "".join(s if s.isprintable() else f"\\U{ord(s):08x}" for s in signs)


def _text(text: str) -> str:
    plain = _THREE_QUOTES.sub(r'\\"', text.replace("\\", "\\\\")).translate(_ESCAPED)
    return f'"""\n{plain}"""'


_ESCAPED = {code: f"\\u{code:04x}" for code in (*range(32), 127) if chr(code) not in "\t\n\r"} | {ord("\r"): "\\r"}


def _tables(content: bytes, name: str) -> dict[str, object]:
    if len(content) > LIMIT:
        raise _no_baseline(name, f"it is larger than {LIMIT // 2**20} MiB")
    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        raise _no_baseline(name, "it is no UTF-8 text") from error
    except (ValueError, RecursionError) as error:  # a figure of thousands of digits is no TOMLDecodeError
        raise _no_baseline(name, str(error)) from error


def _read_head(tables: Mapping[str, object], name: str) -> Head:
    table = tables.get("baseline")
    if not isinstance(table, dict) or not isinstance(at := table.get("at"), datetime):
        raise _no_baseline(name, "it has no [baseline] with a time")
    words = {key: table.get(key, "") for key in ("id", "host", "machine", "user", "version", "salt", "digest")}
    form = table.get("format")
    if not isinstance(form, int) or not all(isinstance(word, str) for word in words.values()):
        raise _no_baseline(name, "its [baseline] has values of a wrong kind")
    words = {key: clean(word) for key, word in words.items()}
    moment = at if at.tzinfo else at.replace(tzinfo=UTC)
    return Head(name=str(table.get("name", name)), at=moment.timestamp(), format=form, **words)


def _sources(tables: Mapping[str, object]) -> Iterator[Captured]:
    """Raises ValueError, TypeError or AttributeError where something is not of its kind."""
    facts, unreadable = _table(tables, "facts"), _table(tables, "unreadable")
    for source, about in sorted(_table(tables, "sources").items()):
        if not _SOURCE.fullmatch(source):
            raise ValueError(f'"{clean(source)}" can\'t be the name of a source')
        mine, bad = _table(facts, source), _table(unreadable, source)
        names = sorted({*mine, *bad})
        dropped = _list(about.get("not_kept"))
        items = (_item(name, _table(mine, name), _table(bad, name), kept=name not in dropped) for name in names)
        left_out = about.get("left_out", 0)
        captured = Captured(
            source=source,
            items=tuple(items),
            unreadable=str(about.get("unreadable", "")),
            remedy=str(about.get("remedy", "")),
            nothing=str(about.get("nothing", "")),
            left_out=left_out if isinstance(left_out, int) else 0,
        )
        yield _as_read(captured)


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _table(tables: Mapping[str, object], name: str) -> dict[str, dict[str, object]]:
    found = tables.get(name, {})
    if not isinstance(found, dict):
        raise ValueError(f'"{clean(name)}" is no table')
    return found


def _item(name: str, facts: Mapping[str, object], unreadable: Mapping[str, object], *, kept: bool) -> Item:
    reasons = {fact: str(why) for fact, why in unreadable.items()}
    values = {fact: _value(f"{name}#{fact}", value) for fact, value in facts.items()}
    return Item(name=name, facts=values, unreadable=reasons, kept=kept)


def _value(path: str, value: object) -> Value:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    if isinstance(value, str | bool | int | float):
        return value
    raise ValueError(f"{clean(path)} is neither a text nor a number nor a list of texts")


def _strange(head: Head, here: Here) -> tuple[list[str], list[str]]:
    """What a person should know, and why it should not be used here without force."""
    named = f'baseline "{clean(head.name)}"'
    same_machine = bool(head.machine) and head.machine == here.machine
    if head.machine and here.machine and not same_machine:
        other = "a machine that has the same name" if head.host == here.host else f"another host, {head.host}"
        return [], [f"{named} was captured on {other}"]
    if head.host != here.host and not same_machine:
        return [], [f"{named} was captured on another host, {head.host}"]
    if head.salt and here.salt and head.salt != here.salt:
        return [], [f"{named} was captured with another key for digests, so that every secret in it looks changed"]
    if head.host != here.host:
        return [f"{named} was captured when this host was called {head.host}"], []
    return [], []


def _newer(head: Head) -> str:
    return (
        f'baseline "{clean(head.name)}" was written by watchfloor {head.version} in format {head.format}, '
        f"and this one knows format {FORMAT}: update it"
    )


def _no_baseline(name: str, why: str) -> DriftError:
    return DriftError(f'baseline "{clean(name)}" can\'t be read: {clean(why)}', "mend it, or capture it anew")
