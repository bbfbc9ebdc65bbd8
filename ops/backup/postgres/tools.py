"""Finds the programs of PostgreSQL that fit a server: here, by version, or inside its container."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import NamedTuple, Protocol

import msgspec

from collectors.text import clean
from ops.backup.base import Place
from ops.backup.book import Seen, stamp
from ops.backup.errors import BackupError
from ops.backup.postgres.versions import version_of
from ops.backup.programs import Ended, fed, find, piped

_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/pgsql/bin",
)
_HOLDS_S = 60.0
_CONTAINER = "or set container to the server's own, whose programs then take it"


class _Said(NamedTuple):
    file: Seen
    at: float
    version: tuple[int, str]


_SAID: dict[tuple[str, ...], _Said] = {}


class Tools(Protocol):
    """Programs of one version, wherever they run."""

    @property
    def version(self) -> int:
        """160014."""

    @property
    def words(self) -> str:
        """ "16.14"."""

    @property
    def near(self) -> bool:
        """Whether they run beside the server, and reach it by its own socket."""

    def stream(
        self, argv: Sequence[str], environment: Mapping[str, str], pieces: AsyncIterator[bytes] | None = None
    ) -> AsyncGenerator[bytes, None]:
        """As `ops.backup.programs.piped`; argv begins with the program's bare name."""

    async def run(
        self, argv: Sequence[str], environment: Mapping[str, str], pieces: AsyncIterator[bytes] | None = None
    ) -> Ended:
        """As `ops.backup.programs.fed`; any exit code is an answer."""


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """Programs in one folder of this host."""

    folder: str
    version: int
    words: str
    nice: int = 0
    before: tuple[str, ...] = ()
    """What they are started through: the change to another account."""
    near: bool = False

    @property
    def major(self) -> int:
        """16."""
        return self.version // 10000

    def argv(self, argv: Sequence[str]) -> list[str]:
        """With the program's whole path."""
        return [*self.before, f"{self.folder}/{argv[0]}", *argv[1:]]

    def stream(
        self, argv: Sequence[str], environment: Mapping[str, str], pieces: AsyncIterator[bytes] | None = None
    ) -> AsyncGenerator[bytes, None]:
        """As `piped`."""
        return piped(self.argv(argv), environment=environment, pieces=pieces, nice=self.nice, name=argv[0])

    async def run(
        self, argv: Sequence[str], environment: Mapping[str, str], pieces: AsyncIterator[bytes] | None = None
    ) -> Ended:
        """As `fed`."""
        return await fed(self.argv(argv), pieces, environment=environment, nice=self.nice, name=argv[0], good=None)


def fitting(found: Sequence[Here], major: int) -> Here | None:
    """The programs of that major version, else of the next later one; the newest of several. Pure."""
    able = [here for here in found if here.major >= major]
    return min(able, key=lambda here: (here.major, -here.version), default=None)


async def here(program: str, folder: str = "", *, nice: int = 0, before: Sequence[str] = ()) -> list[Here]:
    """Folders of this host with that program, or only that one, with versions. What can't be started is left out."""
    places = [place for place in ((folder,) if folder else _folders(program)) if find(program, folder=place)]
    asking = [asyncio.create_task(_version((*before, f"{place}/{program}"))) for place in places]
    try:
        versions = [await one for one in asking]
    finally:
        for one in asking:
            one.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    return [
        Here(folder=place, version=version[0], words=version[1], nice=nice, before=tuple(before))
        for place, version in zip(places, versions, strict=True)
        if version
    ]


async def _version(argv: tuple[str, ...]) -> tuple[int, str] | None:
    """What a program says of its version; what it said a moment ago holds while its file is the same."""
    file = stamp(Path(argv[-1]))
    known = _SAID.get(argv)
    if known is not None and known.file == file and perf_counter() - known.at < _HOLDS_S:
        return known.version
    with suppress(BackupError):  # another folder may have one that starts
        ended = await fed([*argv, "--version"], good=None, name=Path(argv[-1]).name)
        if ended.code == 0 and (version := version_of(ended.out.decode("utf-8", "replace"))):
            _SAID[argv] = _Said(file, perf_counter(), version)
            return version
    return None


@asynccontextmanager
async def asked(place: Place) -> AsyncIterator[None]:
    """Have programs of this host asked for their versions meanwhile: `for_server` has them at once afterwards."""
    asking = asyncio.create_task(here("pg_dump", place.backup.programs) if not place.backup.container else _nobody())
    try:
        yield
        await asking
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def _nobody() -> list[Here]:
    return []


def _folders(program: str) -> list[str]:
    """Where they may be: systems' packages, a Python package, and last PATH, where wrappers may be."""
    from ops.demo.servers import wheel_postgres

    folders = [str(path) for glob in _FOLDERS for path in sorted(Path("/").glob(glob[1:]))]
    folders += [str(bundled)] if (bundled := wheel_postgres()) else []
    on_path = find(program)
    return [*dict.fromkeys([*folders, *([str(Path(on_path).parent)] if on_path else [])])]


async def for_server(place: Place, major: int) -> Tools:
    """Programs that can take a server of that version. Raises BackupError "version" where they are too old."""
    if place.backup.container:
        from ops.backup.postgres.container import inside

        return await inside(place, major)
    found = await here("pg_dump", place.backup.programs, nice=place.backup.nice)
    if chosen := fitting(found, major):
        return chosen
    raise _too_old("pg_dump", found, major, f"the server is PostgreSQL {major}, and an older one can't take it")


async def for_dump(place: Place, version: str, *, hurried: bool = False) -> Tools:
    """Programs that can read what pg_dump of that version wrote: "16.14". Raises BackupError "version".

    `hurried`: they are as fast as they can, as somebody waits for them.
    """
    major = int(version.partition(".")[0]) if version.partition(".")[0].isdecimal() else 0
    found = await here("pg_restore", place.backup.programs, nice=0 if hurried else place.backup.nice)
    if chosen := fitting(found, major):
        return chosen
    if place.backup.container:
        from ops.backup.postgres.container import inside

        return await inside(place, major)
    raise _too_old("pg_restore", found, major, f"it was written by pg_dump {clean(version)}")


def _too_old(program: str, found: Sequence[Here], major: int, why: str) -> BackupError:
    if not found:
        return BackupError(
            f"there is no {program} here", f"install postgresql-client-{major}, {_CONTAINER}", reason="missing"
        )
    newest = max(found, key=lambda here: here.version)
    return BackupError(
        f"{program} {newest.words} is too old: {why}", f"install postgresql-client-{major}, {_CONTAINER}",
        reason="version",
    )  # fmt: skip
