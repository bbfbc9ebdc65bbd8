"""What databases and brokers answer, as items: pure, with every secret as a digest."""

from typing import Any

import msgspec
import pytest

from ops.actions.errors import Refused
from ops.actions.rabbitmq_agreed import can, request
from ops.drift.data import postgres_access, postgres_schema, postgres_settings, rabbitmq_answers, redis_answers
from ops.drift.structs import Item
from tests.parts.drift_engine import digest


def setting(name: str, value: str, **more: object) -> dict[str, Any]:
    return {"name": name, "value": value, "type": "string", "ours": False, "pending_restart": False} | more


def test_settings_of_postgres_by_who_sets_them() -> None:
    listed = [
        setting("config_file", "/etc/x"),
        setting("log_line_prefix", "%m [%p] "),
        setting("primary_conninfo", "host=a password=hunter22"),
        setting("statement_timeout", "5s", ours=True, type="integer"),
        setting("max_connections", "100", type="integer", pending_restart=True),
    ]
    found = {item.name: item for item in postgres_settings.settings("shop/", listed, [], digest)}
    assert found["shop/log_line_prefix"].facts == {"value": "%m [%p] "}
    assert str(found["shop/primary_conninfo"].facts["value"]).startswith("digest:")
    assert not found["shop/primary_conninfo"].kept
    assert found["shop/statement_timeout"].facts == {"value": "as built in"}
    assert not found["shop/statement_timeout"].kept
    assert found["shop/max_connections"].facts == {"value": "100", "pending_restart": True}


def test_settings_that_this_user_may_not_see_are_unreadable_and_not_gone() -> None:
    listed = [setting("statement_timeout", "5s", ours=True), setting("work_mem", "4MB")]
    found = {item.name: item for item in postgres_settings.settings("shop/", listed, None, digest)}
    assert "watchfloor's own connection" in found["shop/statement_timeout"].unreadable["value"]
    assert "pg_read_all_settings" in found["shop/shared_preload_libraries"].unreadable["value"]


def test_what_a_column_called_like_a_secret_begins_with_is_a_digest() -> None:
    row = {"schema": "s", "name": "t", "kind": "table", "options": (), "definition": None, "grants": ()}
    column = {"schema": "s", "relation": "t", "name": "api_key", "declared": "text", "by_default": "'hunter22'::text"}
    (item,) = postgres_schema.relations("shop/", [row], [column], [], digest)
    assert item.facts["column.api_key"] == f"text DEFAULT {digest('default', column['by_default'])}"


def test_columns_that_were_left_out_are_unreadable_and_not_gone() -> None:
    rows = [{"schema": "s", "name": name, "kind": "table", "options": (), "definition": None, "grants": ()}
            for name in "abc"]  # fmt: skip
    columns = [{"schema": "s", "relation": relation, "name": name, "declared": "text", "by_default": None}
               for relation, name in (("a", "x"), ("b", "x"))]  # fmt: skip
    whole = postgres_schema.relations("shop/", rows, columns, [], digest, most=3)
    assert [item.unreadable for item in whole] == [{}, {}, {}]
    cut = postgres_schema.relations("shop/", rows, columns, [], digest, most=2)
    why = {"column": "there are more than 2 in this database"}
    assert [item.unreadable for item in cut] == [{}, why, why]


def test_a_function_with_a_password_inside_is_a_digest() -> None:
    text = "CREATE FUNCTION f() AS $$ BEGIN password := 'hunter22'; END $$"
    row = {"schema": "s", "name": "f()", "grants": (), "definition": text}
    (item,) = postgres_schema.functions("shop/", [row], digest)
    assert (item.facts["text"], item.kept) == (digest("text", text), False)


def role(**more: object) -> dict[str, Any]:
    known = {"name": "ada", "superuser": False, "logs_in": True, "valid_until": None, "member_of": ["b", "c"]}
    return known | {"settings": ["work_mem=64MB", "app.password=hunter22"]} | more


def test_a_role_with_its_password_as_a_digest_of_the_hash() -> None:
    hashes = [{"name": "ada", "hash": "SCRAM-SHA-256$4096:salt$key:key"}]
    (item,) = postgres_access.roles("shop/", [role()], hashes, "", digest)
    assert item.facts == {
        "superuser": False,
        "logs_in": True,
        "member_of": ("b", "c"),
        "settings.work_mem": "64MB",
        "settings.app.password": digest("app.password", "hunter22"),
        "password": digest("password", "SCRAM-SHA-256$4096:salt$key:key"),
    }
    (hidden,) = postgres_access.roles("shop/", [role()], None, "only superusers may", digest)
    assert hidden.unreadable == {"password": "only superusers may"}


def test_grants_by_who_has_them() -> None:
    assert postgres_access.grants(["PUBLIC=USAGE", "a=b=SELECT,INSERT*"]) == {
        "grants.PUBLIC": ("USAGE",),
        "grants.a=b": ("INSERT*", "SELECT"),
    }


def test_lines_of_pg_hba_keep_their_order_and_hide_what_is_secret() -> None:
    line = {
        "type": "host", "databases": "all", "users": "all", "address": "::1", "netmask": "", "method": "ldap",
        "options": "ldapserver=x ldapbindpasswd=hunter22", "error": "",
    }  # fmt: skip
    (item,) = postgres_access.rules("shop/", [line, line | {"method": "trust", "options": ""}], "", digest)
    lines = item.facts["lines"]
    assert isinstance(lines, tuple)
    assert lines[0] == f"host all all ::1 ldap ldapserver=x ldapbindpasswd={digest('ldapbindpasswd', 'hunter22')}"
    assert lines[1] == "host all all ::1 trust"


def test_a_table_with_its_columns_and_what_hangs_on_it() -> None:
    table = {
        "schema": "public", "name": "orders", "kind": "table", "owner": "ada", "unlogged": False, "definition": None,
        "options": ["fillfactor=70"], "grants": ["ada=SELECT"], "partition_key": None,
    }  # fmt: skip
    column = {"schema": "public", "relation": "orders", "name": "id", "declared": "integer NOT NULL", "by_default": "7"}
    index = {
        "schema": "public",
        "relation": "orders",
        "kind": "index",
        "name": "by_id",
        "definition": "CREATE\n  INDEX",
    }
    (item,) = postgres_schema.relations("shop/", [table], [column], [index], digest)
    assert item.name == "shop/table/public.orders"
    assert item.facts == {
        "owner": "ada",
        "unlogged": False,
        "option.fillfactor": "70",
        "grants.ada": ("SELECT",),
        "column.id": "integer NOT NULL DEFAULT 7",
        "index.by_id": "CREATE INDEX",
    }


def test_a_function_that_holds_a_password_is_only_a_digest() -> None:
    row = {"schema": "public", "name": "f()", "owner": "ada", "grants": (), "definition": "SELECT 1\n\x1b[2J"}
    (plain,) = postgres_schema.functions("shop/", [row], digest)
    assert plain.facts["text"] == "SELECT 1\n␛[2J"
    secret = row | {"definition": "SELECT dblink('host=a password=hunter22')"}
    (hidden,) = postgres_schema.functions("shop/", [secret], digest)
    assert (str(hidden.facts["text"])[:7], hidden.kept) == ("digest:", False)


def test_settings_of_redis_once_each_under_their_newer_names() -> None:
    words = [
        b"maxmemory",
        b"100",
        b"slave-read-only",
        b"yes",
        b"replica-read-only",
        b"yes",
        b"requirepass",
        b"hunter22",
    ]
    words += [b"masterauth", b"", b"hash-max-ziplist-entries", b"9"]
    found = {item.name: item.facts["value"] for item in redis_answers.settings("cache/", [*words], digest)}
    assert found == {
        "cache/maxmemory": "100",
        "cache/replica-read-only": "yes",
        "cache/requirepass": digest("requirepass", "hunter22"),
        "cache/masterauth": "",
        "cache/hash-max-ziplist-entries": "9",
    }


def test_users_of_redis_with_digests_of_their_hashes() -> None:
    line = b"user ada on sanitize-payload #0f0f #1e1e ~orders:* +@read -keys"
    (item,) = redis_answers.users("cache/", [line, b"nonsense"], digest)
    assert item.name == "cache/user/ada"
    assert item.facts["rules"] == ("on", "~orders:*", "+@read", "-keys")
    assert item.facts["passwords"] == tuple(sorted((digest("password", "#0f0f"), digest("password", "#1e1e"))))


def _question(kind: str) -> rabbitmq_answers.Question:
    return next(one for one in rabbitmq_answers.QUESTIONS if one.kind == kind)


POLICY = {
    "vhost": "/", "name": "limit", "pattern": "^mails", "apply-to": "queues", "priority": 3,
    "definition": {"max-length": 1000, "overflow": "reject-publish", "queue-args": ["a", "b"]},
}  # fmt: skip


def test_a_policy_of_rabbitmq_there_and_back() -> None:
    item = _question("policy").item("main/", POLICY, digest)
    assert item.name == "main/policy/%2F/limit"
    assert item.facts["definition.max-length"] == 1000
    call = request("rabbitmq:main", item.name, item)
    assert (call.method, call.path) == ("PUT", "/policies/%2F/limit")
    assert call.body is not None
    sent = {name: value for name, value in POLICY.items() if name not in ("vhost", "name")}
    assert msgspec.json.decode(bytes(call.body)) == sent
    assert request("rabbitmq:main", item.name, None).told == "DELETE /policies/%2F/limit   (rabbitmq:main)"


def test_what_is_secret_in_rabbitmq_is_a_digest_and_never_sent() -> None:
    uri = {"src-uri": "amqp://ann:hunter22@there"}
    item = _question("parameter").item(
        "main/", {"component": "shovel", "vhost": "/", "name": "s", "value": uri}, digest
    )
    assert "hunter22" not in str(item.facts)
    assert not can(item.name)
    secret = Item(name="main/policy/a/b", facts={"pattern": "digest:1"}, kept=False)
    with pytest.raises(Refused, match="secret"):
        request("rabbitmq:main", secret.name, secret)


def test_no_hash_of_a_user_is_ever_asked_for() -> None:
    assert all("hash" not in one.path and "definitions" not in one.path for one in rabbitmq_answers.QUESTIONS)
    user = {"name": "ann", "tags": ["administrator"], "limits": {}, "password_hash": "abc"}
    assert _question("user").item("main/", user, digest).facts == {"tags": ("administrator",)}


@pytest.mark.parametrize("name", ["a/b", "../x", "%", "x#y", "\n", "ä"])
def test_a_virtual_host_of_any_name_is_one_part_of_the_path(name: str) -> None:
    item = _question("permission").item("main/", {"vhost": name, "user": "u", "read": ".*"}, digest)
    assert item.name.count("/") == 3
    assert request("rabbitmq:main", item.name, None).path.count("/") == 3
