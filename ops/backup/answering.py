"""The program that reads backups for a floor: `python -P -m ops.backup.answering CONFIG`, asked on its standard input.

Libraries of object stores and of encryption are loaded here, and go away with it. It ends by itself when whoever asked
is gone, and when nobody reads what it writes; programs that it has started end with it, also when it is killed.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from collectors.threads import DaemonPool
from ops.backup.errors import BackupError
from ops.backup.source import BackupSource
from ops.backup.stages import closing
from ops.backup.wire import END, Asked, Ended, read, written
from ops.errors import OpsError
from ops.jobs.guard import GUARD
from ops.redact import shown

PIECE_BYTES = 64 * 1024
"""What is written at once, about: whoever reads it does so between two frames."""
BEAT_S = 0.25
UNREAD_S = 60.0
"""After so long in which nobody read on it ends."""
ENDS_S = 2.0
"""How long it has to tidy up once whoever asked is gone."""
_POOL = DaemonPool(1, name="watchfloor-answers")


class Answers:
    """Lines for whoever asked, a few at a time; without any, signs of life as long as the target gives some."""

    def __init__(self, write: Callable[[bytes], object], unread: Callable[[], object]) -> None:
        """`write` may block; once it did so for too long `unread` is called."""
        self._write, self._unread = write, unread
        self._waiting = bytearray()
        self._alive = True
        self._gate = asyncio.Lock()

    def heard(self) -> None:
        """The target has said something."""
        self._alive = True

    async def say(self, line: bytes) -> None:
        """One line; returns once there is room for more."""
        self._waiting += line
        if len(self._waiting) >= PIECE_BYTES:
            await self.flush()

    async def beat(self) -> None:
        """Again and again what waits, or a sign of life."""
        while True:
            await asyncio.sleep(BEAT_S)
            if self._waiting or self._alive:
                await self.flush()

    async def flush(self) -> None:
        """Write what waits."""
        async with self._gate:
            piece, self._waiting, self._alive = bytes(self._waiting) or b"\n", bytearray(), False
            late = asyncio.get_running_loop().call_later(UNREAD_S, self._unread)
            try:
                await _POOL.run(self._write, piece)
            finally:
                late.cancel()


async def answer(config: str, asked: Asked, answers: Answers) -> None:
    """Write what is asked for, and how it ended."""
    from ops.backup.desk import BackupDesk
    from ops.config.load import load

    beating = asyncio.create_task(answers.beat())
    try:
        desk = BackupDesk(load(config), heard=answers.heard)
        ended = await told(desk, asked, answers)
    except BackupError as error:
        ended = Ended(error=shown(error.message), remedy=shown(error.remedy), reason=error.reason)
    except (OpsError, ValueError) as error:
        ended = Ended(error=shown(str(error).partition("\n")[0]), remedy="`watchfloor board` says what is wrong")
    finally:
        beating.cancel()
    await answers.say(END + written(ended))
    await answers.flush()


async def told(desk: BackupSource, asked: Asked, answers: Answers) -> Ended:
    """Write each thing of what is asked for. Raises BackupError."""
    if asked.what == "contents":
        async with closing(desk.contents(asked.set, asked.backup, pattern=asked.pattern)) as inside:
            async for one in inside:
                await answers.say(written(one))
        return Ended()
    if asked.what == "overwrites":
        for line in await desk.overwrites(asked.set, asked.backup, asked.wish):
            await answers.say(written(line))
        return Ended()
    if asked.what == "kept":
        await answers.say(written(await desk.kept(asked.set, asked.backup)))
        return Ended()
    standing = await desk.standing(asked.set) if asked.what == "standing" else None
    for kept in standing.kept if standing is not None else await desk.expiring(asked.set):
        await answers.say(written(kept))
    return Ended(standing=replace(standing, kept=()) if standing is not None else None)


def _write(piece: bytes) -> None:
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _end_with_parent() -> None:
    """End when whoever asked is gone, also where it was killed: its end of our standard input closes then."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ENDS_S)
    os._exit(1)


async def _done(config: str, asked: Asked) -> None:
    """Ends the program itself: the end of the loop would wait for its own threads, such as one that hangs."""
    done = asyncio.ensure_future(_answered(config, asked))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, done.cancel)
    await asyncio.wait([done])
    if not done.cancelled():
        done.result()
    os._exit(1 if done.cancelled() else 0)


async def _answered(config: str, asked: Asked) -> None:
    def unread() -> None:
        sys.stderr.write("nobody read on\n")
        os.kill(os.getpid(), signal.SIGTERM)

    await answer(config, asked, Answers(_write, unread))


def main(arguments: Sequence[str]) -> None:
    """Answer what stands in the first line of the standard input."""
    (config,) = arguments
    os.umask(0o077)
    GUARD.stand()
    asked = read(sys.stdin.buffer.readline(), Asked)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(_done(config, asked))


if __name__ == "__main__":
    main(sys.argv[1:])
