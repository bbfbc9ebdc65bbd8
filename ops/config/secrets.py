"""Gets a secret from a variable, a file or a command; the only place of the config that starts a process."""

import os
import signal
import stat
import subprocess  # noqa: TID251 - the one allowed place beside ops/demo
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import Literal, NamedTuple

from collectors.base import Secret
from collectors.text import clean
from ops.config.lines import Path as ConfigPath
from ops.errors import OpsError
from ops.redact import remember

TIMEOUT_S = 10.0
LIMIT = 64 * 1024
"""Bytes that are read of a secret at most."""
OPEN_MODE = 0o077
"""Permission bits that a file with a secret should not have."""

SHARED = "holds a secret and others may use it"
"""What is said of such a file."""


class SecretError(OpsError):
    """A secret is not to be had: one sentence that says why and what to do, without any part of the secret."""

    exit_status = 78


class SecretUse(NamedTuple):
    """One place of the config that names a secret."""

    target: str
    stem: str
    """What the collector knows it by: "password", "headers.Authorization"."""
    path: ConfigPath
    kind: Literal["env", "file", "command"]
    source: str | tuple[str, ...]
    """The variable, the file, or the command's arguments."""

    @property
    def words(self) -> str:
        """Where it comes from, without arguments: they may tell too much."""
        if self.kind == "env":
            return f"variable {self.source}"
        return f"file {self.source}" if self.kind == "file" else f"command {self.source[0] if self.source else ''}"


class Resolved(NamedTuple):
    """A secret, and what is to be said about the way it is kept."""

    secret: Secret
    note: str = ""


def fetch(use: SecretUse, environ: Mapping[str, str], folder: Path) -> Resolved:
    """Get one secret, and hide it in all texts from now on. Raises SecretError."""
    if use.kind == "command":
        found = Resolved(Secret(_from_command(tuple(use.source), TIMEOUT_S)))
    elif use.kind == "file":
        found = _from_file(folder / Path(str(use.source)).expanduser())
    else:
        found = Resolved(Secret(_from_variable(str(use.source), environ)))
    if not found.secret.reveal():
        raise SecretError(f"{clean(use.words)} gives an empty secret; put the value there")
    remember(found.secret)
    return found


def _from_variable(name: str, environ: Mapping[str, str]) -> str:
    if name not in environ:
        raise SecretError(f"the environment variable {clean(name)} is not set; export it before the start")
    return environ[name]


def _from_file(file: Path) -> Resolved:
    shown = clean(str(file))
    try:
        with open(file, "rb", opener=_open_at_once) as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise SecretError(f"{shown} is not a plain file; name the file that holds the secret")
            value = _decode(stream.read(LIMIT + 1), shown)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SecretError(f"{shown} can't be read ({why}); correct the name or its permissions") from error
    note = f"{shown} {SHARED} (mode {mode & 0o777:04o}): chmod 600 {shown}"
    return Resolved(Secret(value), note if mode & OPEN_MODE else "")


def _open_at_once(path: str, flags: int) -> int:
    """Never wait for somebody to write into a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)


def _decode(raw: bytes, where: str) -> str:
    if len(raw) > LIMIT:
        raise SecretError(f"{where} gives more than {LIMIT // 1024} KiB; a secret is one line")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = None
    if text is None:  # the decoder's own error holds the bytes: it must not be the cause
        raise SecretError(f"{where} gives bytes that are not UTF-8 text")
    return text.removesuffix("\n").removesuffix("\r")


def _from_command(arguments: Sequence[str], timeout_s: float) -> str:
    """Run a command without a shell and take its output; it and its children end after `timeout_s` seconds."""
    shown = f"command {clean(arguments[0]) if arguments else ''}"
    try:
        process = subprocess.Popen(  # noqa: S603 - the operator's own command, as a list of arguments
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SecretError(f"{shown} can't be started ({why}); correct its name or install it") from error
    raw, status, late = _read_all(process, timeout_s)
    if late:
        raise SecretError(f"{shown} took longer than {timeout_s:g} s; run it by hand to see what it waits for")
    value = _decode(raw, shown)
    if status:
        raise SecretError(f"{shown} ended with status {status}; run it by hand to see why")
    return value


def _read_all(process: "subprocess.Popen[bytes]", timeout_s: float) -> tuple[bytes, int, bool]:
    """Its output up to the limit, its exit status, and whether its time was up."""
    late: list[bool] = []

    def end() -> None:
        late.append(True)
        _kill(process)

    timer = Timer(timeout_s, end)
    timer.start()
    try:
        with process:
            raw = process.stdout.read(LIMIT + 1) if process.stdout else b""
            if len(raw) > LIMIT:
                _kill(process)
            return raw, process.wait(), bool(late)
    finally:
        timer.cancel()


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End the command's whole group, so that nothing that it started stays."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
