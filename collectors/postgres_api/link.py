"""The one connection to a PostgreSQL server: read-only, a time limit on every question, dropped without waiting."""

import os
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from time import perf_counter
from typing import TYPE_CHECKING, Any

from collectors.base import CollectError, Secret
from collectors.loading import loaded
from collectors.net.links import Phase, where
from collectors.net.resolver import resolve
from collectors.postgres_api.dsn import Dsn, read_dsn
from collectors.postgres_api.faults import connect_refusal, question_refusal
from collectors.refusals import Lost

if TYPE_CHECKING:
    from psycopg import AsyncConnection
    from psycopg.abc import PQGen

Row = dict[str, Any]
_LEAST_CONNECT_S = 2
_MARK = "/* watchfloor */"


@cache
def sql(question: str) -> str:
    """Read `queries/<question>.sql`: its comments off, and a mark on that keeps it out of the slow statements."""
    text = files("collectors").joinpath("queries", f"{question}.sql").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return "\n".join((_MARK, *lines))


@cache
def _connection_class() -> "type[AsyncConnection[Row]]":
    """Make the class once, when the library is first needed."""
    from psycopg import AsyncConnection, waiting

    class KeptConnection(AsyncConnection[Row]):
        """When cancelled, psycopg asks the server to cancel and waits up to 10 s for it; this one just lets go."""

        async def wait(  # psycopg's own signature
            self,
            gen: "PQGen[Any]",
            interval: float = 1.0,
            timeout: float | None = None,  # noqa: ASYNC109
        ) -> Any:
            return await waiting.wait_async(gen, self.pgconn.socket, interval=interval, timeout=timeout)

    return KeptConnection


def _be_lenient(connection: "AsyncConnection[Row]") -> None:
    """Let texts be read that are no UTF-8: sessions of databases in other encodings show their bytes as they are."""
    from psycopg import adapt

    class LenientText(adapt.Loader):
        def load(self, data: bytes | bytearray | memoryview) -> str:
            return bytes(data).decode("utf-8", "replace")

    for kind in ("text", "name", "varchar"):
        connection.adapters.register_loader(kind, LenientText)


class PostgresLink:
    """Asks the questions of `queries/` over one kept connection."""

    def __init__(self, dsn: str, password: Secret | None, timeout_s: float, phase: Phase) -> None:
        self._dsn, self._password = dsn, password
        self._timeout_s = timeout_s
        self._phase = phase
        self._connection: AsyncConnection[Row] | None = None
        self.connect_s: float | None = None
        """How long the connection took that is open now, name resolution included."""
        self.version = 0
        """The server's version as a number, such as 150004."""

    @property
    def is_open(self) -> bool:
        """Whether a connection is kept."""
        return self._connection is not None

    async def open(self) -> None:
        """Connect, unless that is done. Raises CollectError."""
        if self._connection is not None:
            return
        await loaded("psycopg")
        began = perf_counter()
        dsn = read_dsn(self._dsn, self._password, os.environ)
        named = ", ".join(host if host.startswith("/") else where(host, port) for host, port in dsn.servers)
        self._phase(f"resolving {named}")
        parameters = await _with_addresses(dsn)
        self._phase(f"connecting to {named}")
        connected = await self._connect(parameters, dsn.password)
        if isinstance(connected, str):
            raise connect_refusal(connected, named)
        self._connection = connected
        self.connect_s = perf_counter() - began
        self.version = connected.info.server_version

    async def _connect(self, parameters: Mapping[str, str], password: Secret | None) -> "AsyncConnection[Row] | str":
        """Give a connection, or the text of what went wrong: an exception would carry the password in its frames."""
        from psycopg import Error, rows

        given: dict[str, Any] = self._settings(parameters)
        if password is not None:
            given["password"] = password.reveal()
        try:
            connection = await _connection_class().connect(autocommit=True, prepare_threshold=None, **given)
        except Error as error:
            return str(error) or type(error).__name__
        connection.row_factory = rows.dict_row
        _be_lenient(connection)
        return connection

    def _settings(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Ours that the address may replace, the address's own, and ours that stand above them."""
        limit = max(1, int(self._timeout_s * 1000))
        own = f"-c default_transaction_read_only=on -c statement_timeout={limit}"
        return {
            "application_name": "watchfloor",
            "connect_timeout": max(_LEAST_CONNECT_S, int(self._timeout_s)),
            "gssencmode": "disable",
            **parameters,
            "client_encoding": "UTF8",
            "options": f"{parameters.get('options', '')} {own}".strip(),
        }

    async def ask(self, question: str, *, schema: str = "", **parameters: object) -> list[Row]:
        """Give the rows of one question. Raises Lost when the connection broke, Refused when the server says no."""
        from psycopg import Error

        if self._connection is None:
            raise Lost("there is no connection", reason="reset")
        self._phase(f"asking for {question}")
        text = sql(question).replace("{schema}", schema).encode()
        try:
            cursor = await self._connection.execute(text, parameters or None)
            return await cursor.fetchall()
        except Error as error:
            fault: CollectError
            if self._connection.closed or (error.sqlstate or "").startswith("57P"):
                self.drop()
                fault = Lost(connect_refusal(str(error), "the server").message, reason="reset")
            else:
                fault = question_refusal(error.sqlstate or "", str(error), question)
            raise fault from error

    def drop(self) -> None:
        """Close the connection without waiting for the server."""
        if self._connection is not None:
            self._connection.pgconn.finish()
            self._connection = None


async def _with_addresses(dsn: Dsn) -> dict[str, str]:
    """Resolve every host here, so that libpq does not: its way blocks, or takes the loop's default threads."""
    if "hostaddr" in dsn.parameters or not dsn.parameters.get("host"):
        return dict(dsn.parameters)
    found: list[tuple[str, str, str]] = []
    fault: CollectError | None = None
    for host, port in dsn.servers:
        if host.startswith(("/", "@")):
            found.append((host, "", str(port)))
            continue
        try:
            found += [(host, address.text, str(port)) for address in await resolve(host, port)]
        except CollectError as error:
            fault = error
    if fault is not None and not found:
        raise fault
    hosts, addresses, ports = (",".join(column) for column in zip(*found, strict=True))
    return {**dsn.parameters, "host": hosts, "hostaddr": addresses, "port": ports}
