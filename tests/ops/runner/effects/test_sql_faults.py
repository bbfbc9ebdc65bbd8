"""What PostgreSQL refuses is one sentence with what to do about it."""

import pytest

from ops.actions.errors import ActionError, Refused
from ops.runner.effects.sql_faults import fault


@pytest.mark.parametrize(
    ("sqlstate", "statement", "reason", "remedy"),
    [
        pytest.param("42501", "SELECT pg_cancel_backend(1)", "permission", "pg_signal_backend", id="may not signal"),
        pytest.param("42501", "SELECT pg_drop_replication_slot('s')", "permission", "REPLICATION", id="may not drop"),
        pytest.param("42501", "VACUUM x", "permission", "table's owner", id="does not own the table"),
        pytest.param("42501", "DO 1", "permission", "what it asks for", id="may not do something else"),
        pytest.param("25006", "VACUUM x", "readonly", "primary", id="a standby"),
        pytest.param("55006", "SELECT 1", "held", "in use|end what uses it", id="in use"),
        pytest.param("42P01", "VACUUM x", "changed", "again", id="the table is gone"),
    ],
)
def test_nothing_was_done_and_what_to_do_is_told(sqlstate: str, statement: str, reason: str, remedy: str) -> None:
    error = fault(sqlstate, "ERROR:  no\nDETAIL: \x1b[2J", statement)
    assert isinstance(error, Refused)
    assert error.reason == reason
    assert any(words in error.remedy for words in remedy.split("|"))
    assert error.message.isprintable()


def test_what_was_begun_is_no_refusal() -> None:
    for sqlstate in ("57014", "40P01", "53100", "XX000"):
        assert type(fault(sqlstate, "ERROR: it broke", "VACUUM x")) is ActionError
