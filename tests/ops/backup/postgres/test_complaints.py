"""What pg_restore complains of is told apart: what is harmless, and what is lost."""

import pytest

from ops.backup.postgres.complaints import judged

ONE = (
    "pg_restore: while PROCESSING TOC:\npg_restore: from TOC entry 2; 3079 16386 {entry}\npg_restore: error: {error}\n"
)
END = "pg_restore: warning: errors ignored on restore: {}\n"
QUERY = "could not execute query: ERROR:  "


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        pytest.param("EXTENSION pg_trgm (no owner)", 'permission denied to create extension "pg_trgm"',
                     id="an extension that only a superuser may make"),
        pytest.param("COMMENT EXTENSION pg_trgm", "must be owner of extension pg_trgm",
                     id="a comment on one"),
        pytest.param("TABLE orders ann", 'role "ann" does not exist', id="an owner that is no role here"),
        pytest.param("TABLE orders ann", 'must be able to SET ROLE "ann"', id="an owner that may not be set"),
        pytest.param("TABLE orders ann", 'must be member of role "ann"', id="the same as older servers say it"),
        pytest.param("SCHEMA public postgres", 'schema "public" already exists', id="the schema that is there"),
        pytest.param("", 'unrecognized configuration parameter "transaction_timeout"',
                     id="a setting of a later version"),
        pytest.param("ACL TABLE orders ann", "permission denied for table orders", id="grants that may not be given"),
    ],
)  # fmt: skip
def test_what_takes_no_row_with_it_is_harmless(entry: str, error: str) -> None:
    found = judged(1, ONE.format(entry=entry, error=QUERY + error) + END.format(1))
    assert found.lost == ()
    assert len(found.harmless) == 1


@pytest.mark.parametrize(
    ("code", "text", "lost"),
    [
        pytest.param(
            1,
            ONE.format(entry="FK CONSTRAINT orders orders_customer_fkey ann", error=QUERY + "violates foreign key")
            + END.format(1),
            "FK CONSTRAINT orders orders_customer_fkey ann: violates foreign key",
            id="a constraint that does not hold",
        ),
        pytest.param(
            1,
            ONE.format(entry="TABLE DATA orders ann", error='COPY failed for table "orders": ERROR:  invalid input')
            + END.format(1),
            'TABLE DATA orders ann: COPY failed for table "orders": ERROR:  invalid input',
            id="rows that can't be read",
        ),
        pytest.param(
            1, "pg_restore: error: could not read from input file: end of file\n",
            "could not read from input file: end of file", id="a dump that is cut",
        ),
        pytest.param(
            1,
            ONE.format(entry="POLICY orders only_mine ann", error=QUERY + 'role "clerk" does not exist')
            + END.format(1),
            'POLICY orders only_mine ann: role "clerk" does not exist',
            id="a policy that would no more keep rows from anybody",
        ),
        pytest.param(1, END.format(3), "3 errors that are not told", id="errors that were left out"),
        pytest.param(1, "", "pg_restore ended with status 1: nothing was said", id="a bad end without a word"),
        pytest.param(-9, "", "pg_restore ended with status -9: nothing was said", id="a program that was killed"),
        pytest.param(
            1,
            ONE.format(entry="EXTENSION x (no owner)", error=f'{QUERY}extension "x" is not available') + END.format(1),
            'EXTENSION x (no owner): extension "x" is not available', id="an extension that is not there at all",
        ),
    ],
)  # fmt: skip
def test_everything_else_is_loss(code: int, text: str, lost: str) -> None:
    assert judged(code, text).lost == (lost,)


def test_many_complaints_are_counted() -> None:
    entry = ONE.format(entry="TABLE a b", error=QUERY + "no")
    assert judged(1, entry * 12 + END.format(12)).lost[-1] == "and 7 more"


def test_a_good_end_is_good() -> None:
    assert judged(0, "") == ((), ())


def test_an_extension_that_only_the_server_of_a_proof_has_not_is_held_against_a_restore_alone() -> None:
    said = ONE.format(entry="EXTENSION x (no owner)", error=f'{QUERY}extension "x" is not available')
    said += ONE.format(entry="COMMENT EXTENSION x", error=f'{QUERY}extension "x" does not exist') + END.format(2)
    assert judged(1, said, proof=True) == ((), ("an extension that the server of the proof has not (2)",))
    assert len(judged(1, said).lost) == 2
    lost = ONE.format(entry="TABLE places ann", error=f'{QUERY}type "public.x" does not exist') + END.format(1)
    assert judged(1, lost, proof=True).lost == ('TABLE places ann: type "public.x" does not exist',)
