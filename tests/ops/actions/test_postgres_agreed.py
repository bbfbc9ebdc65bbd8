"""Statements that lead a PostgreSQL back to what was agreed: each exact, and nothing of a name is ever a statement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.actions.postgres_agreed import statements
from ops.actions.postgres_settings import alter_system, identifier, literal, parts
from ops.drift.structs import Difference, Item, Value


def differs(path: str, before: Value | None, after: Value | None) -> Difference:
    kind = "added" if before is None else "removed" if after is None else "changed"
    return Difference(path=f"postgres:{path}", kind=kind, before=before, after=after)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("difference", "made"),
    [
        pytest.param(
            differs("shop/table/public.orders#grants.ada", ("SELECT",), ("INSERT", "SELECT*")),
            (
                'REVOKE INSERT ON TABLE "public"."orders" FROM "ada"',
                'REVOKE GRANT OPTION FOR SELECT ON TABLE "public"."orders" FROM "ada"',
            ),
            id="rights that are too many",
        ),
        pytest.param(
            differs("shop/schema/app#grants.PUBLIC", ("USAGE",), None),
            ('GRANT USAGE ON SCHEMA "app" TO PUBLIC',),
            id="rights that were taken from everybody",
        ),
        pytest.param(
            differs("shop/database/shop#grants.bob", None, ("CONNECT", "TEMPORARY")),
            (
                'REVOKE CONNECT ON DATABASE "shop" FROM "bob"',
                'REVOKE TEMPORARY ON DATABASE "shop" FROM "bob"',
            ),
            id="somebody who had none",
        ),
        pytest.param(
            differs("shop/role/ada#superuser", False, True), ('ALTER ROLE "ada" NOSUPERUSER',), id="a new superuser"
        ),
        pytest.param(
            differs("shop/role/ada#member_of", ("readers",), ("pg_write_all_data",)),
            ('REVOKE "pg_write_all_data" FROM "ada"', 'GRANT "readers" TO "ada"'),
            id="other memberships",
        ),
        pytest.param(
            differs("shop/role/ada#valid_until", None, "2027-01-01T00:00:00Z"),
            ("ALTER ROLE \"ada\" VALID UNTIL 'infinity'",),
            id="an end that nobody agreed on",
        ),
        pytest.param(
            differs("shop/role/ada#settings.work_mem", "64MB", "1GB"),
            ("ALTER ROLE \"ada\" SET work_mem TO '64MB'",),
            id="a setting of a role",
        ),
        pytest.param(
            differs("shop/database/shop#settings.search_path", None, "evil"),
            ('ALTER DATABASE "shop" RESET search_path',),
            id="a setting that a database did not have",
        ),
        pytest.param(
            differs("shop/sequence/public.ids#owner", "ada", "bob"),
            ('ALTER SEQUENCE "public"."ids" OWNER TO "ada"',),
            id="another owner",
        ),
        pytest.param(differs("shop/role/ada#password", "digest:1", "digest:2"), (), id="no password is ever set"),
        pytest.param(differs("shop/table/a.b.c#owner", "ada", "bob"), (), id="a name with two dots is not guessed"),
        pytest.param(
            differs("shop/role/ada#settings.other.work_mem", "1", "2"), (), id="a setting in one database of a role's"
        ),
        pytest.param(differs("shop/role/eve#logs_in", "no; DROP", True), (), id="what is no yes or no"),
        pytest.param(differs("shop/table/a.b#grants.x", ("SELECT; DROP TABLE y",), ()), (), id="what is no privilege"),
    ],
)
def test_what_leads_back(difference: Difference, made: tuple[str, ...]) -> None:
    assert statements(difference, None) == made


def test_an_extension_that_is_gone_is_made_again_in_its_schema() -> None:
    agreed = Item(name="shop/extension/pg_trgm", facts={"version": "1.6", "schema": "ext"})
    gone = Difference(path="postgres:shop/extension/pg_trgm", kind="removed", facts=agreed.facts)
    assert statements(gone, agreed) == ('CREATE EXTENSION "pg_trgm" SCHEMA "ext" VERSION \'1.6\'',)
    new = Difference(path="postgres:shop/extension/pg_trgm", kind="added", facts=agreed.facts)
    assert statements(new, None) == ()


@pytest.mark.parametrize(
    ("name", "value", "statement"),
    [
        pytest.param("work_mem", "64MB", "ALTER SYSTEM SET work_mem TO '64MB'", id="a size"),
        pytest.param("log_line_prefix", "%m 'x' ", "ALTER SYSTEM SET log_line_prefix TO '%m ''x'' '", id="quotes"),
        pytest.param("x.y", "a\\b'", "ALTER SYSTEM SET x.y TO E'a\\\\b'''", id="a backslash"),
        pytest.param(
            "search_path", '"$user", public', "ALTER SYSTEM SET search_path TO '$user', 'public'", id="a list of names"
        ),
        pytest.param(
            "shared_preload_libraries", "", "ALTER SYSTEM SET shared_preload_libraries TO ''", id="an empty list"
        ),
    ],
)
def test_a_setting_as_a_statement(name: str, value: str, statement: str) -> None:
    assert alter_system(name, value) == statement


@pytest.mark.parametrize("name", ["a b", "a;b", "", "a.b.c", 'a"b', "1a", "é"])
def test_what_can_be_no_setting_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="can't be set so"):
        alter_system(name, "1")


def _outside(text: str) -> str:
    """What of a statement stands in no quotation marks, read as PostgreSQL reads it."""
    out, at = "", 0
    while at < len(text):
        sign = text[at]
        if sign not in "'\"":
            out, at = out + sign, at + 1
            continue
        escapes = sign == "'" and out.endswith("E")
        at += 1
        while True:
            if (escapes and text[at] == "\\") or (text[at] == sign and text[at + 1 : at + 2] == sign):
                at += 2
            elif text[at] == sign:
                break
            else:
                at += 1
        at += 1
    return out


HOSTILE = st.text(st.sampled_from("ab'\"\\;,.$ \n-/*é"), max_size=12)


@given(HOSTILE)
def test_nothing_of_a_value_or_a_name_stands_outside_its_quotes(text: str) -> None:
    assert _outside(literal(text)) in ("", "E")
    assert _outside(identifier(text)) == ""
    assert _outside(alter_system("work_mem", text)).rstrip("E") == "ALTER SYSTEM SET work_mem TO "


@given(HOSTILE, HOSTILE, HOSTILE)
def test_nothing_of_a_baseline_becomes_a_word_of_a_statement(item: str, fact: str, value: str) -> None:
    words = {"", "GRANT", "REVOKE", "SELECT", "ON", "TABLE", "ALTER", "ROLE", "OWNER", "TO", "FROM", "PUBLIC", "SET"}
    words |= {"RESET", "work_mem", ".", "SCHEMA", "E"}
    for kind, about, before in (
        ("table", f"grants.{fact}", ("SELECT",)),
        ("role", "member_of", (value,)),
        ("schema", "owner", value),
        ("role", "settings.work_mem", value),
    ):
        after: Value = () if isinstance(before, tuple) else "x"
        try:
            made = statements(differs(f"shop/{kind}/{item}#{about}", before, after), None)
        except UnicodeError:
            continue
        for statement in made:
            assert set(_outside(statement).replace(".", " ").split(" ")) <= words, statement


@given(st.lists(st.text(st.sampled_from('ab "$'), min_size=1, max_size=5), max_size=4))
def test_a_list_of_names_is_read_as_it_was_written(names: list[str]) -> None:
    assert parts(", ".join(identifier(name) for name in names)) == names
