"""One writer at a time to a file of drift's: read, changed and written without another between."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.drift.source import DriftError
from ops.pidlock import PidLock

_AGAIN_S = 0.02
WITHIN_S = 5.0


@contextmanager
def alone(folder: Path, name: str, within_s: float = WITHIN_S) -> Iterator[None]:
    """Hold the lock of that name in drift's folder. Raises DriftError where another keeps it, or it can't be made."""
    lock = PidLock(folder / f"{name}.lock")
    until = time.monotonic() + within_s
    try:
        while (pid := lock.take()) is not None:
            if time.monotonic() > until:
                who = f"pid {pid}" if pid else "another process"
                raise DriftError(f"{who} writes into {folder} and does not end", "end it, then do this again")
            time.sleep(_AGAIN_S)
        yield
    except OSError as error:
        raise failed(folder, error) from error
    finally:
        lock.release()


def failed(file: Path, error: OSError) -> DriftError:
    """What to say of a file or folder of drift's that can't be used."""
    why = error.strerror or str(error)
    return DriftError(
        f"{file} can't be used: {why}", "run it as the account that the folder belongs to, with room on its disk"
    )
