"""A few daemon threads for calls that block: a hung one delays neither another part nor the exit of the program."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from collectors.base import CollectError

T = TypeVar("T")


class _Call:
    """One call on its way through the pool; as a context it delivers what was raised inside to whoever waits."""

    def __init__(self, work: Callable[[], object], loop: asyncio.AbstractEventLoop) -> None:
        self._work = work
        self._loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()

    def run(self) -> None:
        with self:
            result = self._work()
            self._deliver(lambda: self.future.set_result(result))

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        if error is not None:
            self._deliver(lambda: self.future.set_exception(error))
        return True

    def _deliver(self, outcome: Callable[[], None]) -> None:
        # A closed loop has nobody left who waits.
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(lambda: None if self.future.done() else outcome())


class DaemonPool:
    """Runs blocking calls in at most `size` daemon threads, which start when first needed.

    asyncio's default executor joins its threads at exit, so one hung call holds up the program; these are just left.
    """

    def __init__(self, size: int, waiting: int = 256, name: str = "watchfloor-pool") -> None:
        self._size = size
        self._limit = waiting
        self._name = name
        self._waiting: deque[_Call] = deque()
        self._changed = threading.Condition()
        self._threads = 0
        self._idle = 0

    async def run(self, function: Callable[..., T], *args: object) -> T:
        """Run `function(*args)` in a thread and give what it returns or raises.

        Cancelling frees the caller at once and takes a call that has not begun out of the line; one that has begun
        goes on in its thread. Raises CollectError (reason "limit") when too many calls wait already.
        """
        call = _Call(lambda: function(*args), asyncio.get_running_loop())
        self._enqueue(call)
        try:
            result: T = await call.future
        except asyncio.CancelledError:
            self._forget(call)
            raise
        return result

    def _enqueue(self, call: _Call) -> None:
        with self._changed:
            if len(self._waiting) >= self._limit:
                raise CollectError(f"all {self._size} threads for blocking calls are busy", reason="limit")
            self._waiting.append(call)
            if self._idle < len(self._waiting) and self._threads < self._size:
                self._threads += 1
                threading.Thread(target=self._serve, name=self._name, daemon=True).start()
            self._changed.notify()

    def _forget(self, call: _Call) -> None:
        with self._changed:
            if call in self._waiting:
                self._waiting.remove(call)

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._idle += 1
                self._changed.wait_for(lambda: self._waiting)
                self._idle -= 1
                call = self._waiting.popleft()
            call.run()
            del call
