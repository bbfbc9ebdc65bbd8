"""ApartDesk: the desk of a floor, which captures in a program of its own: `python -P -m ops.drift.apart CONFIG WHAT`.

Reading a whole host loads many clients and takes seconds: beside a floor it costs that neither memory nor a stall, and
goes away with it. It tells its progress on its standard error and how it ended on its standard output.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from collectors.base import CollectError
from collectors.programs.run import HELD_S, Program, start
from collectors.text import clean
from collectors.waits import within
from ops.drift.capture import nothing_told
from ops.drift.desk import DriftDesk
from ops.drift.source import DriftError, Tell
from ops.drift.structs import Baseline, Findings, Path
from ops.errors import OpsError
from ops.redact import mask, shown

PROGRAM = "ops.drift.apart"
_OUTPUT_BYTES = 2**20
_NO_JSON = (msgspec.DecodeError, UnicodeDecodeError)


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done; stands in the arguments as JSON."""

    what: Literal["capture", "detect"]
    name: str = ""
    """Of a baseline; "" is the current one."""
    by: str = ""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How it went."""

    error: str = ""
    remedy: str = ""
    name: str = ""
    """Of the baseline that was captured."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """One line of progress."""

    what: str
    ratio: float


class ApartDesk(DriftDesk):
    """Whole hosts are read apart; where there is no config file that another program could load, here."""

    async def capture(
        self, name: str = "", *, only: Sequence[str] = (), by: str, use: bool = True, tell: Tell = nothing_told
    ) -> Baseline:
        """Capture what is and keep it as a baseline, which is the current one from then on."""
        if only or not use or not self._config.path:
            return await super().capture(name, only=only, by=by, use=use, tell=tell)
        ended = await _apart(self._config.path, Work(what="capture", name=name, by=by), tell)
        return await asyncio.to_thread(self.baseline, ended.name)

    async def detect(
        self,
        name: str = "",
        *,
        only: Sequence[str] = (),
        path: Path | None = None,
        force: bool = False,
        tell: Tell = nothing_told,
    ) -> Findings:
        """Capture, and compare with a baseline; the findings of a whole host with the current one are kept."""
        if name or only or path or force or not self._config.path:
            return await super().detect(name, only=only, path=path, force=force, tell=tell)
        await _apart(self._config.path, Work(what="detect"), tell)
        found = await asyncio.to_thread(self.findings)
        if found is None:
            raise DriftError("what was found is gone again", "look once more")
        return found


async def _apart(config: str, work: Work, tell: Tell) -> Ended:
    """Have it done by another program, which is ended with all of its own when this is cancelled. Raises DriftError."""
    arguments = [sys.executable, "-P", "-m", PROGRAM, config, msgspec.json.encode(work).decode()]
    try:
        # Secrets of targets may stand in the environment.
        program = await start(arguments, extra=dict(os.environ), limit=_OUTPUT_BYTES, keep_input=True)
    except CollectError as error:
        raise DriftError(error.message, error.remedy) from error
    try:
        await _followed(program, tell)
    finally:
        await program.end()
    try:
        ended = msgspec.json.decode(program.out, type=Ended)
    except _NO_JSON as error:
        words = clean(mask(program.err.decode("utf-8", "replace").strip().rpartition("\n")[2]), 300)
        why = f"what captures drift ended with {program.code}: {words or 'no word'}"
        raise DriftError(why, "look once more; watchfloor drift detect says more") from error
    if ended.error:
        raise DriftError(ended.error, ended.remedy)
    return ended


async def _followed(program: Program, tell: Tell) -> None:
    """Tell its progress until it has ended and said how."""
    while not program.exited.is_set():
        await program.stirred.wait()
        program.stirred.clear()
        if (last := _progress(program.err)) is not None:
            tell(last.what, last.ratio)
    await within(program.silent, HELD_S)  # what it left behind may hold its outputs open for ever


def _progress(err: bytes) -> Progress | None:
    """The last whole line that is one of progress."""
    line = err[: err.rfind(b"\n") + 1].rstrip(b"\n").rpartition(b"\n")[2]
    try:
        return msgspec.json.decode(line, type=Progress)
    except _NO_JSON:
        return None


async def do(config: str, work: Work, tell: Tell) -> Ended:
    """Do it here, and say how it went."""
    from ops.config.load import load

    try:
        desk = DriftDesk(load(config))
        if work.what == "detect":
            await desk.detect(tell=tell)
            return Ended()
        captured = await desk.capture(work.name, by=work.by, tell=tell)
        return Ended(name=captured.head.name)
    except DriftError as error:
        return Ended(error=shown(error.message), remedy=shown(error.remedy))
    except (OpsError, ValueError) as error:
        return Ended(error=shown(str(error).partition("\n")[0]), remedy="`watchfloor board` says what is wrong")


def _teller() -> Callable[[str, float], None]:
    """Writes progress, a line for each percent at most, so that all of it is little."""
    told: set[int] = set()

    def tell(what: str, ratio: float) -> None:
        if (percent := int(ratio * 100)) not in told:
            told.add(percent)
            sys.stderr.buffer.write(msgspec.json.encode(Progress(what=what, ratio=ratio)) + b"\n")
            sys.stderr.buffer.flush()

    return tell


def _end_with_parent() -> None:
    """End when whoever asked is gone, also where it was killed: its end of our standard input closes then."""
    sys.stdin.buffer.read()
    os._exit(1)


async def _done(config: str, work: Work) -> None:
    """Ends the program itself: the end of the loop would wait for its own threads, such as one that asks for a name."""
    ended = await do(config, work, _teller())
    sys.stdout.buffer.write(msgspec.json.encode(ended))
    sys.stdout.buffer.flush()
    os._exit(0)


def main(arguments: Sequence[str]) -> None:
    """Do what the arguments say, and end at once: a thread that hangs is left."""
    import threading

    config, work = arguments
    os.umask(0o077)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(_done(config, msgspec.json.decode(work, type=Work)))


if __name__ == "__main__":
    main(sys.argv[1:])
