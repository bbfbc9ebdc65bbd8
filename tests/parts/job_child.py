"""The process of a job with parts of a test's own: what it does is said by the request's parameters."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ops.actions.errors import ActionError, Refused
from ops.config.structs import Config, Settings
from ops.jobs.child import main
from ops.jobs.folder import JobFolder
from ops.jobs.outcome import Outcome, Progress
from ops.jobs.running import Parts
from ops.jobs.standing import Standing
from ops.jobs.structs import Request
from ops.runner.base import Runner
from ops.runner.calls import Program
from ops.runner.real import RealRunner
from ops.runner.sink import CleanSink

KILL_AT = ""
STREAM_S = 1.5
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)


def step(name: str) -> None:
    """Die at the wanted step, as by a power cut."""
    if name == KILL_AT:
        os.kill(os.getpid(), signal.SIGKILL)


def make_runner(config: Config, sink: Standing, request: Request) -> Runner:
    """The real one, with the sink left to be seen."""
    global SINK  # noqa: PLW0603 - one process is one job
    SINK = sink
    return RealRunner(config, sink, request.seen)


SINK: Standing


def refusal(_config: Config, request: Request) -> str:
    """What the parameters say."""
    return request.params.get("refuse", "")


async def execute(request: Request, config: Config, runner: Runner, on: Progress) -> Outcome:
    """Do what the parameter `do` says, then wait a little for the proof."""
    del config
    step("began")
    on.began()
    step("runs")
    what, _, count = request.params.get("do", "").partition(" ")
    runner.say("runs")
    if what == "raise":
        raise {
            "action": ActionError("it said no", "ask again"),
            "refused": Refused("gone", "look again"),
            "bug": KeyError("x"),
        }[count]
    if what == "lines":
        for number in range(int(count)):
            SINK.line("out", f"line {number}")
    elif what == "stream":
        await stream(int(count))
    elif what == "scripts":
        await scripts(runner, count.split(" ;; "))
    elif what == "sleep":
        await asyncio.sleep(float(count))
    elif what == "hang":
        runner.say("hangs")
        on.began()
        time.sleep(float(count))  # noqa: ASYNC251 - a process that hears nothing
    elif what == "program":
        await runner.do(Program(argv=("sleep", count), timeout_s=60))
    elif what == "deaf":
        await deaf()
    on.verifying(time.time() + 5)
    step("verifying")
    await asyncio.sleep(0.05)
    return Outcome(verdict="verified", said="it is ok again", interrupted_s=0.05)


async def scripts(runner: Runner, each: list[str]) -> None:
    """One after another, each a program of the shell."""
    for script in each:
        await runner.do(Program(argv=("sh", "-c", script), timeout_s=60))


async def stream(per_s: int) -> None:
    """Lines at a steady rate, for a while, through the sink that cleans."""
    sink = CleanSink(SINK)
    begun, said = time.monotonic(), 0
    while (passed := time.monotonic() - begun) < STREAM_S:
        while said < passed * per_s:
            sink.line("out", f"2026-11-21 10:00:00 INFO request {said} path=/api/v1/items status=200 took=12ms")
            said += 1
        await asyncio.sleep(0.01)


async def deaf() -> None:
    """A program of the session that ignores TERM, begun beside the runner."""
    process = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE)  # noqa: ASYNC220 - at once
    assert process.stdout
    SINK.line("out", process.stdout.readline().decode().strip())
    await asyncio.to_thread(process.wait)


def load(path: str) -> Config:
    """A config without anything in it."""
    return Config(path=path, settings=Settings(name="test"), targets=(), thresholds=())


if __name__ == "__main__":
    asked = JobFolder(Path(sys.argv[1])).request()
    KILL_AT = asked.params.get("kill_at", "") if asked else ""
    parts = Parts(load, refusal, make_runner, execute, lambda: Path(sys.argv[1]).parents[1] / "locks", step)
    sys.exit(main(Path(sys.argv[1]), parts))
