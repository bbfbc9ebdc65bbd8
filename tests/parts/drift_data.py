"""A PostgreSQL and a Redis that are changed for real: settings, roles, rights, and the schema by object."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg
import redis

from ops.demo.servers import PostgresServer, RedisServer
from tests.parts.drift_world import CANARY, Mutation
from tests.parts.wait import until

SETTING, RIGHTS = ("drift.postgres-setting",), ("drift.postgres-rights",)
REDIS, USER = ("drift.redis-setting",), ("drift.redis-user",)
_ATTRIBUTES = {
    "superuser": "SUPERUSER", "inherits": "NOINHERIT", "creates_roles": "CREATEROLE", "creates_databases": "CREATEDB",
    "logs_in": "LOGIN", "replication": "REPLICATION", "bypasses_row_security": "BYPASSRLS",
    "connections_max": "CONNECTION LIMIT 5",
}  # fmt: skip
_ROLES = (*_ATTRIBUTES, "valid_until", "member_of", "password", "settings", "gone")
_TABLES = ("col", "more", "less", "owned", "granted", "unlogged", "secured", "opt", "con", "ind", "trig", "pol",
           "ruled", "gone")  # fmt: skip
_AGREED = (
    "CREATE SCHEMA wf_drift",
    "CREATE SCHEMA wf_granted",
    "CREATE ROLE wf_reader",
    "CREATE ROLE wf_owner",
    *(f"CREATE ROLE wf_{name}" for name in _ROLES),
    f"ALTER ROLE wf_password LOGIN PASSWORD '{CANARY}'",
    *(f"CREATE TABLE wf_drift.{name} (id int, note text)" for name in _TABLES),
    "CREATE VIEW wf_drift.seen AS SELECT 1 AS one",
    "CREATE SEQUENCE wf_drift.numbers",
    "CREATE FUNCTION wf_drift.double(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1'",
    "CREATE FUNCTION wf_drift.granted() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TYPE wf_drift.mood AS ENUM ('good')",
    "CREATE DOMAIN wf_drift.positive AS int CHECK (VALUE > 0)",
)
_GONE = (
    "DROP SCHEMA IF EXISTS wf_drift, wf_granted, wf_new CASCADE",
    *(f"DROP ROLE IF EXISTS wf_{name}" for name in (*_ROLES, "reader", "owner", "new")),
    "CREATE EXTENSION IF NOT EXISTS plpgsql",
)


class Stores:
    """The servers of one world."""

    def __init__(self, postgres: PostgresServer, cache: RedisServer) -> None:
        self.postgres = psycopg.connect(postgres.dsn(), autocommit=True)
        self.redis: Any = redis.Redis(cache.host, cache.port)
        self.hba = Path(self.value("SHOW hba_file"))
        self._rules = self.hba.read_text()
        self._fresh = postgres.dsn
        self._hash = ""

    def agreed(self) -> None:
        """Everything as it is meant to be."""
        self.sql(*_GONE, *_AGREED)
        self._hash = self.value("SELECT rolpassword FROM pg_authid WHERE rolname = 'wf_password'")
        self.redis.execute_command("ACL", "SETUSER", "ann", "on", f">{CANARY}", "~orders:*", "+get")
        self.redis.execute_command("ACL", "SETUSER", "gone", "on")

    def end(self) -> None:
        """As it was found."""
        self.hba.write_text(self._rules)
        self.sql(*_GONE, "ALTER SYSTEM RESET ALL", "SELECT pg_reload_conf()")
        self.postgres.close()
        self.redis.close()

    def sql(self, *statements: str) -> None:
        """Run them, one after the other."""
        for statement in statements:
            self.postgres.execute(statement.encode())

    def value(self, question: str) -> str:
        """The one value that it asks for."""
        (found,) = self.postgres.execute(question.encode()).fetchone() or ("",)
        return str(found)

    def password(self) -> None:
        """The agreed one, by its hash: made anew it would have another."""
        self.sql(f"ALTER ROLE wf_password PASSWORD '{self._hash}'")

    def system(self, name: str, value: str, column: str, wanted: Any) -> None:
        """Set a setting of the server, and wait until a new session sees it."""
        self.sql(f"ALTER SYSTEM {'RESET' if not value else 'SET'} {name}{f' TO {value}' if value else ''}")
        self.sql("SELECT pg_reload_conf()")
        ask = f"SELECT {column} FROM pg_settings WHERE name = '{name}'".encode()

        def is_so() -> bool:
            with psycopg.connect(self._fresh()) as fresh:
                return fresh.execute(ask).fetchone() == (wanted,)

        until(is_so, f"{name} to be read")

    def rules(self, *more: str) -> None:
        """pg_hba.conf with these lines after its own."""
        self.hba.write_text("\n".join([self._rules.rstrip("\n"), *more, ""]))


def _sql(*statements: str) -> Callable[[Stores], object]:
    return lambda stores: stores.sql(*statements)


def _does(says: str, told: str, fixes: Sequence[str], do: str, undo: str = "") -> Mutation:
    kind, _, path = told.partition(" ")
    change = _sql(*do.split("; "))
    return Mutation(says, {f"{kind} postgres:shop/{path}": fixes}, change, _sql(*undo.split("; ")) if undo else None)


def _on_table(name: str, told: str, do: str, undo: str, item: str = "table") -> Mutation:
    kind, _, fact = told.partition(" ")
    where = f"{item}/wf_drift.{name}{'#' if fact else ''}{fact}"
    return _does(f"{fact or name} of a {item}", f"{kind} {where}", (), do, undo)


ROLES: Sequence[Mutation] = (
    *(_does(f"{fact} of a role", f"changed role/wf_{fact}#{fact}", RIGHTS, f"ALTER ROLE wf_{fact} {to}")
      for fact, to in _ATTRIBUTES.items()),
    _does("valid_until of a role", "added role/wf_valid_until#valid_until", RIGHTS,
          "ALTER ROLE wf_valid_until VALID UNTIL '2030-01-01 00:00:00Z'"),
    _does("member_of of a role", "changed role/wf_member_of#member_of", RIGHTS, "GRANT wf_reader TO wf_member_of"),
    _does("settings of a role", "added role/wf_settings#settings.work_mem", RIGHTS,
          "ALTER ROLE wf_settings SET work_mem = '9MB'"),
    Mutation("the password of a role", {"changed postgres:shop/role/wf_password#password": ()},
             _sql(f"ALTER ROLE wf_password PASSWORD '{CANARY}-2'"), lambda stores: stores.password()),
    _does("a role that is gone", "removed role/wf_gone", (), "DROP ROLE wf_gone", "CREATE ROLE wf_gone"),
    _does("a role that nobody agreed on", "added role/wf_new", (), "CREATE ROLE wf_new", "DROP ROLE wf_new"),
)  # fmt: skip
OBJECTS: Sequence[Mutation] = (
    _on_table("col", "changed column.note", "ALTER TABLE wf_drift.col ALTER note TYPE varchar(9)",
              "ALTER TABLE wf_drift.col ALTER note TYPE text"),
    _on_table("more", "added column.new", "ALTER TABLE wf_drift.more ADD new int",
              "ALTER TABLE wf_drift.more DROP new"),
    _on_table("less", "removed column.note", "ALTER TABLE wf_drift.less DROP note",
              "ALTER TABLE wf_drift.less ADD note text"),
    _on_table("unlogged", "changed unlogged", "ALTER TABLE wf_drift.unlogged SET UNLOGGED",
              "ALTER TABLE wf_drift.unlogged SET LOGGED"),
    _on_table("secured", "changed row_security", "ALTER TABLE wf_drift.secured ENABLE ROW LEVEL SECURITY",
              "ALTER TABLE wf_drift.secured DISABLE ROW LEVEL SECURITY"),
    _on_table("opt", "added option.fillfactor", "ALTER TABLE wf_drift.opt SET (fillfactor = 50)",
              "ALTER TABLE wf_drift.opt RESET (fillfactor)"),
    _on_table("con", "added constraint.short", "ALTER TABLE wf_drift.con ADD CONSTRAINT short CHECK (id > 0)",
              "ALTER TABLE wf_drift.con DROP CONSTRAINT short"),
    _on_table("ind", "added index.by_note", "CREATE INDEX by_note ON wf_drift.ind (note)",
              "DROP INDEX wf_drift.by_note"),
    _on_table("trig", "added trigger.same",
              "CREATE TRIGGER same BEFORE UPDATE ON wf_drift.trig FOR EACH ROW "
              "EXECUTE FUNCTION suppress_redundant_updates_trigger()", "DROP TRIGGER same ON wf_drift.trig"),
    _on_table("pol", "added policy.own", "CREATE POLICY own ON wf_drift.pol USING (id = 1)",
              "DROP POLICY own ON wf_drift.pol"),
    _on_table("ruled", "added rule.nothing", "CREATE RULE nothing AS ON DELETE TO wf_drift.ruled DO INSTEAD NOTHING",
              "DROP RULE nothing ON wf_drift.ruled"),
    _on_table("gone", "removed ", "DROP TABLE wf_drift.gone", "CREATE TABLE wf_drift.gone (id int, note text)"),
    _on_table("new", "added ", "CREATE TABLE wf_drift.new ()", "DROP TABLE wf_drift.new"),
    _on_table("seen", "changed text", "CREATE OR REPLACE VIEW wf_drift.seen AS SELECT 2 AS one",
              "CREATE OR REPLACE VIEW wf_drift.seen AS SELECT 1 AS one", "view"),
    _on_table("numbers", "changed increment_by", "ALTER SEQUENCE wf_drift.numbers INCREMENT 2",
              "ALTER SEQUENCE wf_drift.numbers INCREMENT 1", "sequence"),
    _on_table("double(integer)", "changed text",
              "CREATE OR REPLACE FUNCTION wf_drift.double(int) RETURNS int LANGUAGE sql AS 'SELECT 3 * $1'",
              "CREATE OR REPLACE FUNCTION wf_drift.double(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1'",
              "function"),
    _on_table("granted()", "added grants.wf_reader", "GRANT EXECUTE ON FUNCTION wf_drift.granted() TO wf_reader",
              "REVOKE EXECUTE ON FUNCTION wf_drift.granted() FROM wf_reader", "function"),
    _on_table("mood", "changed labels", "ALTER TYPE wf_drift.mood ADD VALUE 'bad'",
              "DROP TYPE wf_drift.mood; CREATE TYPE wf_drift.mood AS ENUM ('good')", "type"),
    _on_table("positive", "changed domain_of", "ALTER DOMAIN wf_drift.positive SET NOT NULL",
              "ALTER DOMAIN wf_drift.positive DROP NOT NULL", "type"),
)  # fmt: skip
GRANTED: Sequence[Mutation] = (
    _does("rights on a table", "added table/wf_drift.granted#grants.wf_reader", RIGHTS,
          "GRANT SELECT, INSERT ON wf_drift.granted TO wf_reader WITH GRANT OPTION"),
    _does("rights on a schema", "added schema/wf_granted#grants.wf_reader", RIGHTS,
          "GRANT USAGE ON SCHEMA wf_granted TO wf_reader"),
    _does("rights on a database", "changed database/shop#grants.PUBLIC", RIGHTS,
          "REVOKE TEMPORARY ON DATABASE shop FROM PUBLIC"),
    Mutation("the owner of a table", {
        "changed postgres:shop/table/wf_drift.owned#owner": RIGHTS,
        "removed postgres:shop/table/wf_drift.owned#grants.watchfloor": RIGHTS,
        "added postgres:shop/table/wf_drift.owned#grants.wf_owner": RIGHTS,
    }, _sql("ALTER TABLE wf_drift.owned OWNER TO wf_owner")),
    _does("a schema that nobody agreed on", "added schema/wf_new", (), "CREATE SCHEMA wf_new", "DROP SCHEMA wf_new"),
    _does("an extension that is gone", "removed extension/plpgsql", RIGHTS, "DROP EXTENSION plpgsql"),
)  # fmt: skip
SETTINGS: Sequence[Mutation] = (
    Mutation("a setting of the server", {"changed postgres:shop/work_mem#value": SETTING},
             lambda stores: stores.system("work_mem", "'7MB'", "current_setting(name)", "7MB")),
    Mutation("a setting that waits for a restart", {"added postgres:shop/max_connections#pending_restart": ()},
             lambda stores: stores.system("max_connections", "77", "pending_restart", True),
             lambda stores: stores.system("max_connections", "", "pending_restart", False)),
    Mutation("who is let in", {"changed postgres:shop/access_rules#lines": ()},
             lambda stores: stores.rules("host all all 192.0.2.0/24 reject"), Stores.rules),
)  # fmt: skip


def _redis(*words: object) -> Callable[[Stores], object]:
    return lambda stores: stores.redis.execute_command(*words)


CACHE: Sequence[Mutation] = (
    Mutation("a setting of Redis", {"changed redis:cache/maxmemory-samples#value": REDIS},
             _redis("CONFIG", "SET", "maxmemory-samples", 9)),
    Mutation("a password of Redis", {"changed redis:cache/masterauth#value": REDIS},
             _redis("CONFIG", "SET", "masterauth", CANARY)),
    Mutation("the rules and the password of a user of Redis",
             {"changed redis:cache/user/ann#rules": USER, "changed redis:cache/user/ann#passwords": ()},
             _redis("ACL", "SETUSER", "ann", "+set", f"<{CANARY}", f">{CANARY}-2"),
             _redis("ACL", "SETUSER", "ann", "-set", f">{CANARY}", f"<{CANARY}-2")),
    Mutation("a user of Redis that is gone", {"removed redis:cache/user/gone": ()}, _redis("ACL", "DELUSER", "gone"),
             _redis("ACL", "SETUSER", "gone", "on")),
    Mutation("a user of Redis that nobody agreed on", {"added redis:cache/user/new": USER},
             _redis("ACL", "SETUSER", "new", "on")),
)  # fmt: skip
MUTATIONS = (*ROLES, *OBJECTS, *GRANTED, *SETTINGS, *CACHE)
