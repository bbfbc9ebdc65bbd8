"""Has the engine of backups do what a call says, in the job's own process; its progress is the job's."""

from functools import partial
from typing import TYPE_CHECKING

from ops.actions.backups import as_told, fraction_of, wish_of
from ops.actions.errors import ActionError
from ops.figures import duration, several, size
from ops.runner.base import Answer
from ops.runner.calls import Backup
from ops.runner.reach import Reach
from ops.runner.sink import Sink

if TYPE_CHECKING:
    from ops.backup.doing.work import Work
    from ops.backup.structs import Event, Running

_MOST = 100


async def make(call: Backup, reach: Reach) -> Answer:
    """Do it to its end. Raises Refused where nothing was begun, ActionError where it failed or proved to be bad."""
    from ops.backup.errors import BackupError

    try:
        return Answer(text=await _done(call, _work(call, reach), reach.sink))
    except BackupError as error:
        raise as_told(error) from error


async def _done(call: Backup, work: "Work", sink: Sink) -> str:
    """What was done, in a sentence."""
    match call.how:
        case "run":
            return await _run(call, work, sink)
        case "restore":
            return await _restore(call, work)
        case "verify":
            from ops.backup.doing.verify import verify

            event = await verify(work, call.backup, fraction_of(call.params.get("fraction", "")))
        case "drill":
            from ops.backup.doing.drill import drill

            event = await drill(work, call.backup)
        case "prune":
            from ops.backup.doing.prune import prune

            event = await prune(work, call.params.get("agreed", ""))
        case "delete":
            from ops.backup.doing.prune import delete

            event = await delete(work, call.backup)
    return _judged(event, sink)


async def _run(call: Backup, work: "Work", sink: Sink) -> str:
    from ops.backup.doing.run import run

    due = tuple(call.params.get("due", "").split())
    manifest = await run(work, why="schedule" if call.params.get("why") == "schedule" else "asked", due=due)
    for note in manifest.notes[:_MOST]:
        sink.line("say", note)
    said = f"{manifest.id}: {several(len(manifest.parts), 'part')}, {size(manifest.plain_bytes)} in "
    said += f"{size(manifest.stored_bytes)}, in {duration(manifest.took_s)}"
    sink.line("say", said)
    return said


async def _restore(call: Backup, work: "Work") -> str:
    from ops.backup.doing.restore import equal_of, restore

    done = await restore(work, call.backup, wish_of(call.params), safety=call.params.get("safety") != "no")
    if done.compared.differences:
        raise ActionError(
            f"it is restored and is not what was taken: {done.compared.differences[0]}",
            "; ".join(done.back) or "look at the output for what is not the same",
            reason="mismatch",
        )
    return f"restored; {equal_of(done)}"


def _judged(event: "Event", sink: Sink) -> str:
    """The event's own words. Raises ActionError where it did not go well."""
    if not event.ok:
        raise ActionError(event.words, event.remedy, reason="mismatch")
    sink.line("say", event.words)
    return event.words


def _work(call: Backup, reach: Reach) -> "Work":
    from ops.backup.doing.work import Work, backups_folder

    return Work(
        config=reach.config,
        spec=reach.spec(f"backup:{call.set}"),
        folder=backups_folder(reach.config),
        by=reach.by,
        job=reach.job,
        say=partial(reach.sink.line, "say"),
        progress=partial(_progress, reach.sink),
    )


def _progress(sink: Sink, running: "Running") -> None:
    ratio = running.bytes / running.total_bytes if running.total_bytes else 0.0
    sink.progress(ratio, moved(running))


def moved(running: "Running") -> str:
    """How far it is, in words: "read the tables: 412 MiB, 87 MiB/s, about 42 s left"."""
    parts = [size(running.bytes)] if running.bytes else []
    if running.bytes_per_s:
        parts.append(f"{size(running.bytes_per_s)}/s")
    if running.eta_s is not None:
        parts.append(f"about {duration(running.eta_s)} left")
    return ": ".join(filter(None, (running.words or running.what, ", ".join(parts))))
