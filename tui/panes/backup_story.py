"""What is said of one set, and of one backup of it: proof, reasons, parts, what is not in it. Pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from collectors.text import LINE_LIMIT, clean
from ops.backup.structs import Event, Kept, Manifest, Part, Standing
from ops.board import Level
from ops.figures import clock, count, duration, several, short_size, size
from tui.glyphs import Glyphs
from tui.panes.backup_calendar import calendar
from tui.panes.backup_kept import proof
from tui.panes.backup_known import Known, staying
from tui.panes.backup_progress import progress
from tui.panes.backup_said import age_s, said
from tui.panes.cells import age
from tui.panes.fix_words import wrapped
from tui.widgets.lines import Line, cut

MOST_PARTS = 100
MOST_COUNTS = 100
MOST_EVENTS = 200
_SPAN = re.compile(r"\bin \d")


class How(NamedTuple):
    """How it is to be shown."""

    width: int
    now: float
    glyphs: Glyphs
    back: int = 0
    """Months that the calendar is back."""


def of_set(one: Known, how: How) -> list[Line]:
    """All about a set: how it stands, its calendar, what was done to it."""
    return [
        *_standing(one.standing, how),
        [],
        *calendar(one.days, how.back, how.width, how.now, how.glyphs, one.standing.time_zone),
        [],
        *events(one.standing.events, how),
    ]


def of_backup(one: Kept, known: Known, how: How) -> list[Line]:
    """All about one backup, then the calendar it stands in."""
    return [
        *_running(known.standing, how),
        *_proof(one, how),
        *_made(one.manifest, how),
        [],
        *_parts(one.manifest, how),
        *_counts(one.manifest, how),
        [],
        *calendar(known.days, how.back, how.width, how.now, how.glyphs, known.standing.time_zone),
    ]


def _running(standing: Standing, how: How) -> Iterator[Line]:
    if standing.running is not None:
        yield progress(standing.running, how.now, how.glyphs)
        yield from wrapped(standing.running.words, "muted", how.width)
        yield []


def _standing(standing: Standing, how: How) -> Iterator[Line]:
    yield from _running(standing, how)
    found, glyphs = said(standing, how.now), how.glyphs
    yield [(f"{glyphs.levels[found.level]} {found.word}  ", found.level), (clean(standing.set), "strong")]
    yield from wrapped(found.text, found.level, how.width)
    yield from wrapped(f"{standing.kind} to {clean(standing.target, LINE_LIMIT)}", "muted", how.width)
    yield from _trouble(standing, how)
    yield from _objectives(standing, how)
    if standing.next_at is not None:
        due = f" ({', '.join(standing.next_due)})" if standing.next_due else ""
        yield [(f"next {clock(standing.next_at, how.now)}{due}", "text")]
    else:
        yield [("no next one is scheduled", "muted")]


def _trouble(standing: Standing, how: How) -> Iterator[Line]:
    if standing.unreachable:
        yield from wrapped(f"its target could not be asked: {standing.unreachable}", "unknown", how.width)
        yield from wrapped(standing.remedy, "accent", how.width)
    if standing.last is not None and not standing.last.ok:
        failed = f"the last run failed: {standing.last.words}"
        if failed != said(standing, how.now).text:  # what is graver was said instead
            yield from wrapped(failed, "warning", how.width)
        yield from wrapped(standing.last.remedy, "accent", how.width)
    if standing.gone:
        yield from wrapped(standing.gone, "warning", how.width)
        yield from wrapped("see whether its disk is mounted, and who else deletes there", "accent", how.width)
    for odd in standing.anomalies:
        yield from wrapped(f"odd: {odd}", "warning", how.width)
    if standing.leftovers:
        yield from wrapped(
            f"{several(standing.leftovers, 'unfinished backup')} of dead processes in the target: the next run or "
            "prune sweeps them",
            "warning",
            how.width,
        )


def _objectives(standing: Standing, how: How) -> Iterator[Line]:
    """RPO and RTO against what they may be."""
    old_s, soon = age_s(standing, how.now), standing.restore_now_s
    lost = f"what changed in the last {duration(old_s)}" if old_s is not None else "all of it"
    late = old_s is None or (standing.rpo_s > 0 and old_s > standing.rpo_s)
    rpo = f"RPO {duration(standing.rpo_s)}: if it were gone now, {lost} would be lost"
    yield from wrapped(rpo, "critical" if late else "text", how.width)
    over = soon is not None and standing.rto_s > 0 and soon > standing.rto_s
    measured = f"{duration(standing.restore_s)} measured" if standing.restore_s is not None else "never measured"
    then = f", {duration(soon)} by its size now" if soon is not None else ": a drill measures it"
    yield from wrapped(f"RTO {duration(standing.rto_s)}: {measured}{then}", "critical" if over else "text", how.width)


def _proof(one: Kept, how: How) -> Iterator[Line]:
    cell = proof(one, how.now, how.glyphs)
    yield [(f"{cell.text}  ", cell.style), (clean(one.id), "strong")]
    yield from wrapped(one.broken, "critical", how.width)
    yield from wrapped(one.remedy, "accent", how.width)
    for word, at in (("verified: all of it was read through", one.verified_at), ("drilled: restored", one.drilled_at)):
        if at is not None:
            yield from wrapped(f"{word}, {clock(at, how.now)}, {age(how.now - at)} ago", "text", how.width)
    if one.restore_s is not None:
        yield [(f"restored in {duration(one.restore_s)}", "text")]
    yield from wrapped(f"stays as {staying(one)}" if one.reasons else staying(one), "text", how.width)


def _made(manifest: Manifest, how: How) -> Iterator[Line]:
    """When, from what, by whom, with which programs."""
    yield from wrapped(f"of {clean(manifest.subject, LINE_LIMIT) or manifest.kind}", "text", how.width)
    took, why = duration(manifest.took_s), ", ".join((*manifest.due, manifest.why))
    by = f" by {clean(manifest.by)}" if manifest.by else ""
    yield from wrapped(
        f"as of {clock(manifest.at, how.now)}, taken in {took}{by} on {clean(manifest.host)} ({why})", "text", how.width
    )
    sizes = f"{size(manifest.stored_bytes)} stored of {size(manifest.plain_bytes)}"
    yield from wrapped(f"{sizes}{_sealed(manifest)}", "text", how.width)
    told = [f"{clean(name)} {clean(version)}" for name, version in manifest.versions.items()]
    told += [f"commit {clean(manifest.commit)[:12]}"] if manifest.commit else []
    yield from wrapped(", ".join(told), "muted", how.width)
    yield from wrapped(f"needs {', '.join(manifest.needs)}" if manifest.needs else "", "text", how.width)
    for note in manifest.notes:
        yield from wrapped(f"note: {note}", "warning", how.width)


def _sealed(manifest: Manifest) -> str:
    sealing = manifest.sealing
    if sealing is None:
        return ", not encrypted by watchfloor"
    whom = f"key {sealing.key_id}" if sealing.key_id else several(len(sealing.recipients), "recipient")
    return f", encrypted ({sealing.cipher}, {whom})"


def _parts(manifest: Manifest, how: How) -> Iterator[Line]:
    yield [(several(len(manifest.parts), "part"), "strong")]
    for part in manifest.parts[:MOST_PARTS]:
        yield _part(part, how)
    yield from _more(len(manifest.parts) - MOST_PARTS, "part")


def _part(part: Part, how: How) -> Line:
    sizes = f"{short_size(part.stored_bytes):>5} of {short_size(part.plain_bytes):>5}  "
    room = max(how.width - len(sizes) - 2, 10)
    return [(f"  {sizes}", "muted"), (cut(clean(f"{part.name}  {part.what}", LINE_LIMIT), room, how.glyphs), "text")]


def _counts(manifest: Manifest, how: How) -> Iterator[Line]:
    """Rows, keys or files at its snapshot."""
    if manifest.counts:
        yield [(f"{count(sum(manifest.counts.values()))} counted at the same moment", "strong")]
    for name, number in islice(manifest.counts.items(), MOST_COUNTS):
        room = max(how.width - 16, 10)
        yield [(f"  {number:>11,}  ", "muted"), (cut(clean(name, LINE_LIMIT), room, how.glyphs), "text")]
    yield from _more(len(manifest.counts) - MOST_COUNTS, "count")


def _more(number: int, thing: str) -> Iterator[Line]:
    if number > 0:
        yield [(f"  and {several(number, f'more {thing}')}", "muted")]


def events(events: Sequence[Event], how: How) -> Iterator[Line]:
    """What was done to a set, newest first."""
    if not events:
        yield [("nothing was done to it yet", "muted")]
        return
    yield [("what was done", "strong")]
    for event in events[:MOST_EVENTS]:
        yield from _event(event, how)


def _event(event: Event, how: How) -> Iterator[Line]:
    glyphs = how.glyphs
    level: Level = "ok" if event.ok else "critical"
    # Its id stands before, and how large and how long is in the words of what went well.
    words = event.words.removeprefix(f"{event.backup}: ")
    told = [words] if words else []
    told += [size(event.bytes)] if event.bytes and size(event.bytes) not in words else []
    told += [f"in {duration(event.took_s)}"] if event.took_s and not _SPAN.search(words) else []
    told += [f"part {event.fraction[0]} of {event.fraction[1]}"] if event.fraction[1] > 1 else []
    told += [f"by {event.by}"] if event.by else []
    lead = f"{clock(event.at, how.now)}  {glyphs.levels[level]} {event.what} "
    yield [(lead, level), (clean(event.backup), "muted")]
    yield from wrapped(", ".join(told), "text" if event.ok else level, how.width, "    ")
    if not event.ok:
        yield from wrapped(event.remedy, "accent", how.width, "    ")
