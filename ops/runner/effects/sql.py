"""Makes one SQL statement: on a connection that may write, with parameters beside it; the server's notices are told."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from collectors.net.links import Phase
from collectors.postgres import PostgresConfig
from collectors.postgres_api.faults import connect_refusal
from collectors.postgres_api.link import PostgresLink
from collectors.refusals import Lost
from ops.actions.targets import settings_of
from ops.runner.base import Answer
from ops.runner.calls import Sql
from ops.runner.effects.sql_faults import fault
from ops.runner.reach import Reach

if TYPE_CHECKING:
    from psycopg import Error
    from psycopg.errors import Diagnostic

MOST_ROWS = 1000
_TEXT_LIMIT = 64 * 1024
_MOST_LINES = 10_000
_CANCEL_S = 2.0
NAME = "watchfloor"
"""What our sessions call themselves, whatever the dsn says: they are never ended by our own actions."""


class WritingLink(PostgresLink):
    """A connection with the collector's settings, but for writing and with the statement's own time limit."""

    def __init__(self, config: PostgresConfig, secrets: Mapping[str, Any], timeout_s: float, phase: Phase) -> None:
        super().__init__(config.dsn, secrets.get("password"), config.timeout, phase)
        self._statement_s = timeout_s

    def _settings(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        limit = f"-c statement_timeout={max(1, int(self._statement_s * 1000))}"
        own = {"application_name": NAME, "options": f"{parameters.get('options', '')} {limit}".strip()}
        return super()._settings(parameters) | own

    async def change(self, call: Sql, notices: "Notices") -> Answer:
        """Make the call. Cancelled, it asks the server to end it too. Raises ActionError, Refused and CollectError."""
        from psycopg import Error

        if (connection := self._connection) is None:
            raise Lost("there is no connection", reason="reset")
        connection.add_notice_handler(notices.take)
        try:
            # Without parameters nothing in a statement is a placeholder, whatever signs a table's name has.
            cursor = await connection.execute(call.statement.encode(), call.parameters or None)
            rows = await cursor.fetchmany(MOST_ROWS) if cursor.description is not None else None
        except asyncio.CancelledError:
            with suppress(Error):
                await connection.cancel_safe(timeout=_CANCEL_S)
            raise
        except Error as error:
            raise self._fault(error, call) from error
        return Answer(status=max(0, cursor.rowcount), text=notices.text, value=rows)

    def _fault(self, error: "Error", call: Sql) -> Exception:
        if self._connection is None or self._connection.closed or (error.sqlstate or "").startswith("57P"):
            why = connect_refusal(str(error), "the server").message
            return Lost(why, reason="reset", remedy="look whether it was done before it broke off")
        return fault(error.sqlstate or "", str(error), call.statement)


class Notices:
    """Takes what the server says meanwhile (RAISE, VACUUM VERBOSE), and gives each line to the job's output."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._lines = 0
        self.text = ""
        """The beginning of it, each line after its severity: "INFO: …", "WARNING: …"."""

    def take(self, diagnostic: "Diagnostic") -> None:
        """One notice; a warning is a complaint."""
        severity = diagnostic.severity_nonlocalized or "NOTICE"
        said = (diagnostic.message_primary, diagnostic.message_detail, diagnostic.message_hint)
        for line in "\n".join(part for part in said if part).splitlines():
            self._lines += 1
            if self._lines <= _MOST_LINES:
                self._reach.sink.line("err" if severity == "WARNING" else "out", line)
            self.text = f"{self.text}{severity}: {line}\n"[:_TEXT_LIMIT]

    def end(self) -> None:
        """Tell what was left out."""
        if self._lines > _MOST_LINES:
            self._reach.sink.line("out", f"{self._lines - _MOST_LINES} more lines were left out")


async def make(call: Sql, reach: Reach) -> Answer:
    """Connect, make the statement, hang up. Raises ActionError; Refused where nothing was done; CollectError."""
    spec = reach.spec(call.target)
    config = settings_of(spec, PostgresConfig, "PostgreSQL")
    link = WritingLink(config, spec.secrets, call.timeout_s, lambda _: None)
    notices = Notices(reach)
    try:
        await link.open()
        return await link.change(call, notices)
    finally:
        notices.end()
        link.drop()
