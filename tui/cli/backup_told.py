"""Sets, backups and what is inside them as lines of text. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from collectors.text import LINE_LIMIT, clean
from ops.backup.structs import Event, Found, Kept, Manifest, Standing
from ops.figures import duration, several, size
from ops.past.wall import moment
from ops.redact import shown
from tui.panes.backup_known import WORDS, proof_mark, staying
from tui.panes.backup_said import age_s, everything, said

MOST = 200
"""Backups that are listed; how many more there are is said."""
EVENTS = 20
_COUNTS = 20
_NONE = "-"
SET_HEAD = ("set", "state", "age", "RPO", "last", "next", "verified", "RTO", "size", "backups")
KEPT_HEAD = ("backup", "taken", "proof", "size", "of", "took", "stays as")


def set_cells(standing: Standing, now: float) -> tuple[str, ...]:
    """A set in one line: how it stands, its ages, how fast it would be back, how large it is."""
    old, newest = age_s(standing, now), next(iter(standing.kept), None)
    verified = max((one.verified_at for one in standing.kept if one.verified_at is not None), default=None)
    return (
        clean(standing.set),
        f"{standing.running.what} now" if standing.running else said(standing, now).word,
        duration(old) if old is not None else _NONE,
        duration(standing.rpo_s),
        _ago(standing.last.at if standing.last else None, now),
        _until(standing.next_at, now),
        _ago(verified, now) if verified is not None else "never",
        restoring(standing),
        size(newest.manifest.stored_bytes) if newest else _NONE,
        f"{len(standing.kept):,}",
    )


def restoring(standing: Standing) -> str:
    """Measured, projected where that is another figure, and what it may be."""
    first = duration(standing.restore_s) if standing.restore_s is not None else _NONE
    soon = standing.restore_now_s
    then = f", now {duration(soon)}" if soon is not None and duration(soon) != first else ""
    return f"{first}{then} of {duration(standing.rto_s)}"


def kept_cells(one: Kept, now: float) -> tuple[str, ...]:
    """A backup in one line: when, how well proven, how large, why it stays or goes."""
    manifest = one.manifest
    return (
        clean(one.id),
        moment(manifest.at),
        proof(one, now),
        size(manifest.stored_bytes),
        size(manifest.plain_bytes),
        duration(manifest.took_s),
        clean(staying(one), LINE_LIMIT),
    )


def proof(one: Kept, now: float) -> str:
    """How it was proven, and when."""
    found = proof_mark(one)
    at = one.drilled_at if found == "drilled" else one.verified_at if found == "verified" else None
    return WORDS[found] + (f" {_ago(at, now)}" if at is not None else "")


def standing_lines(standing: Standing, now: float) -> Iterator[str]:
    """All about a set but its backups: what is wrong, what runs, when it is due, what was done."""
    found = list(everything(standing, now))
    yield f"{clean(standing.set)}: {said(standing, now).word}"
    yield from (f"  {one.level:<11} {shown(one.text)}" for one in found)
    if standing.remedy:
        yield f"  {'remedy':<11} {shown(standing.remedy)}"
    old = age_s(standing, now)
    for head, text in (
        ("kind", standing.kind),
        ("target", shown(standing.target)),
        ("loses now", f"{duration(old) if old is not None else 'everything'}; at most {duration(standing.rpo_s)}"),
        ("restore", restoring(standing)),
        ("next", f"{_when(standing.next_at, now)} ({', '.join(standing.next_due)})" if standing.next_at else ""),
        ("backups", f"{len(standing.kept):,}, {size(sum(one.manifest.stored_bytes for one in standing.kept))}"),
        ("unfinished", f"{standing.leftovers:,} of dead processes; the next run takes them away"),
        ("running", shown(f"{standing.running.what}: {standing.running.words}") if standing.running else ""),
    ):
        if text and (head != "unfinished" or standing.leftovers):
            yield f"  {head:<11} {text}"
    yield from event_lines(standing.events[:EVENTS], len(standing.events))


def event_lines(events: Sequence[Event], count: int) -> Iterator[str]:
    """What was done, newest first."""
    for one in events:
        sign = "ok" if one.ok else "failed"
        yield f"  {moment(one.at)}  {one.what:<7}  {sign:<6}  {shown(one.words)}"
    if count > len(events):
        yield f"  and {count - len(events):,} more before"


def kept_lines(one: Kept, now: float) -> Iterator[str]:
    """All about one backup."""
    manifest = one.manifest
    yield f"{clean(one.id)}: {proof(one, now)}"
    ratio = f" ({manifest.plain_bytes / manifest.stored_bytes:.1f}:1)" if manifest.stored_bytes else ""
    for head, text in (
        ("broken", one.broken),
        ("remedy", one.remedy),
        ("stays as", ", ".join(one.reasons)),
        ("goes", one.expires),
        ("of", manifest.subject or manifest.kind),
        ("shows", moment(manifest.at)),
        ("took", f"{duration(manifest.took_s)} on {manifest.host} by {manifest.by or 'nobody known'}"),
        ("for", ", ".join(manifest.due) or manifest.why),
        ("size", f"{size(manifest.plain_bytes)} as {size(manifest.stored_bytes)}{ratio}"),
        ("sealed", sealing(manifest)),
        ("restore", f"took {duration(one.restore_s)}" if one.restore_s is not None else ""),
        ("versions", ", ".join(f"{name} {version}" for name, version in manifest.versions.items())),
        ("commit", manifest.commit),
    ):
        if text:
            yield f"  {head:<11} {shown(text)}"
    yield from (f"  {'note':<11} {shown(note)}" for note in manifest.notes)
    yield from _parts(manifest)
    yield from _counts(manifest.counts)


def sealing(manifest: Manifest) -> str:
    """How it is encrypted."""
    if manifest.sealing is None:
        return "no: whoever reads the target reads it"
    if manifest.sealing.recipients:
        return f"for {several(len(manifest.sealing.recipients), 'recipient')} of age"
    return f"by the key {manifest.sealing.key_id}"


def _parts(manifest: Manifest) -> Iterator[str]:
    for part in manifest.parts[:MOST]:
        sizes = f"{size(part.plain_bytes)} as {size(part.stored_bytes)}"
        yield f"  part        {clean(part.name)}  {clean(part.what)}, {sizes}"
    if len(manifest.parts) > MOST:
        yield f"  and {len(manifest.parts) - MOST:,} more parts"


def _counts(counts: Mapping[str, int]) -> Iterator[str]:
    for name, count in sorted(counts.items(), key=lambda item: -item[1])[:_COUNTS]:
        yield f"  {'counted':<11} {clean(name)}: {count:,}"
    if len(counts) > _COUNTS:
        yield f"  and {len(counts) - _COUNTS:,} more that were counted"


def found_line(one: Found) -> str:
    """One thing inside a backup."""
    much = f"{one.rows:,} rows" if one.rows is not None else size(one.bytes) if one.bytes is not None else ""
    when = moment(one.changed_at) if one.changed_at is not None else ""
    return f"{one.kind:<7} {much:>14}  {when:<27}  {clean(one.name, LINE_LIMIT)}".rstrip()


def _ago(at: float | None, now: float) -> str:
    return f"{duration(max(0.0, now - at))} ago" if at is not None else "never"


def _until(at: float | None, now: float) -> str:
    return _NONE if at is None else "due" if at <= now else f"in {duration(at - now)}"


def _when(at: float, now: float) -> str:
    return "due" if at <= now else moment(at)
