"""`watchfloor fix history|show|cancel`: what was done and what runs, whoever began it."""

import asyncio
from collections.abc import Callable, Coroutine

from ops.errors import UsageError
from ops.fixes.desk import FixDesk
from ops.jobs.structs import EXITS, Job
from tui.cli.fix_list import aligned
from tui.cli.fix_told import JOB_HEAD, ending, job_cells, job_lines, output_line
from tui.cli.output import complain, say, say_json, then

INTERRUPTED = 130
Follow = Callable[[FixDesk, int, bool], Coroutine[None, None, None]]
"""What prints the output of a job as it comes, nothing of it where the last says so."""


def history(desk: FixDesk, last: int, *, as_json: bool) -> int:
    """Newest first, all of them for 0. Raises UsageError."""
    if last < 0:
        raise UsageError(f"--last: {last} is no number of jobs; 0 means all")
    jobs = desk.jobs()[: last or None]
    if as_json:
        say_json(jobs)
    elif jobs:
        say("\n".join(aligned([JOB_HEAD, *(job_cells(job) for job in jobs)])))
    else:
        say("nothing was done yet")
    return 0


def show(desk: FixDesk, number: int, *, follow: bool, as_json: bool) -> int:
    """The job and its output so far; with `follow` until it has ended, then the status of its verdict."""
    job = _job(desk, number)
    if follow:
        if not as_json:
            say("\n".join(job_lines(job)))
        return follow_to_end(desk, job, as_json=as_json)
    lines = desk.output(number)
    if as_json:
        say_json({"job": job, "output": lines})
    else:
        say("\n".join([*job_lines(job), *map(output_line, lines)]))
    return 0


def cancel(desk: FixDesk, number: int, *, as_json: bool) -> int:
    """End it. Raises Refused for one that has ended."""
    _job(desk, number)
    said = asyncio.run(desk.cancel(number))
    if as_json:
        say_json({"said": said})
    else:
        say(said)
    return 0


def follow_to_end(desk: FixDesk, job: Job, *, as_json: bool) -> int:
    """Print output as it comes, then how it ended; the status is that of its verdict.

    Interrupted, it says how to come back: the job goes on in a process of its own.
    """
    ended = watched(desk, job, quiet=as_json)
    if ended is None:
        return INTERRUPTED
    if as_json:
        say_json(ended)
    return status_of(ended)


async def _follow(desk: FixDesk, number: int, quiet: bool) -> None:
    async for line in desk.follow(number):
        if not quiet:
            say(output_line(line))


def watched(desk: FixDesk, job: Job, *, quiet: bool, follow: Follow = _follow) -> Job | None:
    """Print output as it comes, then how it ended, unless `quiet`; gives it as it ended, None when interrupted."""
    try:
        asyncio.run(follow(desk, job.id, quiet))
    except KeyboardInterrupt:
        complain(
            f"watchfloor: job {job.id} goes on; `watchfloor fix show {job.id} --follow` shows it, "
            f"`watchfloor fix cancel {job.id}` ends it"
        )
        return None
    ended = desk.job(job.id) or job
    if not quiet:
        say(f"{ending(ended)}{then(ended.remedy)}")
    return ended


def status_of(job: Job) -> int:
    """The exit status of its verdict."""
    return EXITS.get(job.verdict, EXITS["lost"])


def _job(desk: FixDesk, number: int) -> Job:
    job = desk.job(number)
    if job is None:
        raise UsageError(f"there is no job {number}; `watchfloor fix history` shows those that are kept")
    return job
