"""What is sent keeps to the receivers' published schemas and limits, whatever it tells of."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ops.config.receivers import TEMPLATE_FIELDS
from ops.notify.receivers import apprise, email, pagerduty, slack, terminal, webhook
from ops.notify.receivers.wording import dedup_key, idempotency_key
from ops.notify.structs import Message
from tests.parts.messages import HOSTILE, hostile, message, told
from tests.parts.payloads import EVENT_BYTES, PAGERDUTY_CHANGE, PAGERDUTY_EVENT, SLACK, Schema

ACTIONS = ("firing", "resolved", "acknowledged", "escalated", "test", "change")
TEXTS = st.text(st.characters(), max_size=400)
KEY = "not-a-real-routing-key"


def check(schema: Schema, made: dict[str, Any]) -> dict[str, Any]:
    """It is JSON, and as the schema says; gives it as it is on the wire."""
    document: dict[str, Any] = json.loads(msgspec.json.encode(made))
    Draft202012Validator(schema).validate(document)
    return document


def keyed(made: dict[str, Any]) -> dict[str, Any]:
    return {**made, "routing_key": KEY}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("make", [message, hostile], ids=["a plain one", "a hostile one"])
def test_slack_takes_every_message(action: str, make: Any) -> None:
    check(SLACK, slack.payload(make(action=action)))


@given(title=TEXTS, text=TEXTS, summary=TEXTS, row=TEXTS, floor=TEXTS)
def test_slack_and_pagerduty_take_any_text(title: str, text: str, summary: str, row: str, floor: str) -> None:
    made = message(title=title, text=text, floor=floor, alerts=(told(summary=summary, row=row, runbook=summary),))
    check(SLACK, slack.payload(made))
    check(PAGERDUTY_EVENT, keyed(pagerduty.event(made)))


def test_slack_tells_what_it_is_and_why() -> None:
    made = slack.payload(message())
    assert made["blocks"][0]["text"]["text"] == "CRITICAL production: PostgreSQL shop is down"
    sections = [block["text"]["text"] for block in made["blocks"] if block["type"] == "section"]
    assert "likely cause: PostgreSQL shop" in sections[0]
    assert sections[1] == "critical postgres:shop: connection refused, since 03:09:35 UTC"
    assert sections[2] == "runbook: https://wiki.example/postgres"
    assert made["blocks"][-1]["elements"][0]["text"] == "incident 42 · production · shop · 2026-01-05 03:10:05 UTC"


def test_what_slack_is_not_told_is_counted() -> None:
    many = message(alerts=tuple(told(key=f"down/c{n}", row=f"container:c{n}") for n in range(50)))
    sections = [block["text"]["text"] for block in slack.payload(many)["blocks"] if block["type"] == "section"]
    assert sections[1].endswith("… 30 more")


@pytest.mark.parametrize("action", [action for action in ACTIONS if action != "change"])
@pytest.mark.parametrize("make", [message, hostile], ids=["a plain one", "a hostile one"])
def test_pagerduty_takes_every_event(action: str, make: Any) -> None:
    made = keyed(pagerduty.event(make(action=action)))
    check(PAGERDUTY_EVENT, made)
    assert len(msgspec.json.encode(made)) <= EVENT_BYTES


@pytest.mark.parametrize("make", [message, hostile], ids=["a plain one", "a hostile one"])
def test_pagerduty_takes_every_change(make: Any) -> None:
    check(PAGERDUTY_CHANGE, keyed(pagerduty.change_event(make(action="change"))))


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        pytest.param("firing", "trigger", id="what fires triggers"),
        pytest.param("escalated", "trigger", id="what is escalated triggers the next one's service"),
        pytest.param("test", "trigger", id="a test triggers"),
        pytest.param("acknowledged", "acknowledge", id="an acknowledgement acknowledges"),
        pytest.param("resolved", "resolve", id="what is over resolves"),
    ],
)
def test_pagerduty_is_told_by_one_key_from_trigger_to_resolve(action: str, expected: str) -> None:
    made = pagerduty.event(message(action=action))
    assert made["event_action"] == expected
    assert made["dedup_key"] == "shop/incident=42"


def test_an_event_that_is_too_large_loses_its_details_and_not_itself() -> None:
    line = "\U0001f525" * 1900
    large = message(
        text="\n".join([line] * 20), alerts=tuple(told(key=str(n), summary=line, row=line) for n in range(100))
    )
    made = pagerduty.event(large)
    assert "custom_details" not in made["payload"]
    check(PAGERDUTY_EVENT, keyed(made))


def test_only_addresses_become_links_of_an_event() -> None:
    books = (told(), told(runbook="call the database people"), told(runbook="javascript:alert(1)"))
    made = pagerduty.event(message(alerts=books))
    assert made["links"] == [{"href": "https://wiki.example/postgres", "text": "runbook"}]


def test_a_long_group_still_has_one_key() -> None:
    long = message(group="service=" + "x" * 1000)
    assert dedup_key(long) == dedup_key(message(group=long.group, action="resolved"))
    assert len(dedup_key(long)) <= 255
    assert dedup_key(long) != dedup_key(message(group=long.group + "y"))


def test_each_message_has_its_own_key_at_all_its_attempts() -> None:
    first = message()
    assert idempotency_key(first) == idempotency_key(msgspec.structs.replace(first, attempts=3, state="sending"))
    others = [message(id=8), message(receiver="chat"), message(floor="other"), message(action="resolved")]
    assert len({idempotency_key(one) for one in (first, *others)}) == 5


def test_a_webhook_is_told_everything() -> None:
    document = json.loads(webhook.content(message(), "")[0])
    assert document["version"] == 1
    assert document["action"] == "firing"
    assert document["incident"] == 42
    assert document["at"] == "2026-01-05T03:10:05Z"
    assert document["alerts"][0]["labels"] == {"rule": "down", "host": "db-1"}
    assert document["alerts_left_out"] == 0


@pytest.mark.parametrize("action", ["resolved", "acknowledged", "escalated"])
def test_a_webhook_and_a_template_say_what_happened_in_the_title(action: str) -> None:
    """A template that only has severity and title must not send the same words for beginning and end."""
    made = message(action=action)
    assert json.loads(webhook.content(made, "")[0])["title"] == f"{action}: PostgreSQL shop is down"
    assert webhook.content(made, "{severity}: {title}")[0] == f"critical: {action}: PostgreSQL shop is down".encode()
    assert webhook.content(message(), "{severity}: {title}")[0] == b"critical: PostgreSQL shop is down"


def test_what_a_webhook_is_not_told_is_counted() -> None:
    document = json.loads(webhook.content(hostile(), "")[0])
    assert len(document["alerts"]) == 200
    assert document["alerts_left_out"] == 1800


@pytest.mark.parametrize(
    ("template", "expected", "kind"),
    [
        pytest.param(
            "{severity}: {title} ({incident})",
            "critical: PostgreSQL shop is down (42)",
            "text/plain; charset=utf-8",
            id="plain text",
        ),
        pytest.param(
            '{"text": "{title}", "n": {"a": [1]}}',
            '{"text": "PostgreSQL shop is down", "n": {"a": [1]}}',
            "application/json",
            id="JSON keeps its own braces",
        ),
        pytest.param("{ title } {}", "{ title } {}", "text/plain; charset=utf-8", id="other braces are as they are"),
    ],
)
def test_a_template_is_filled(template: str, expected: str, kind: str) -> None:
    assert webhook.content(message(), template) == (expected.encode(), kind)


@given(title=TEXTS)
def test_no_title_breaks_out_of_a_json_template(title: str) -> None:
    body, _ = webhook.content(message(title=title), '{"text": "{title}", "to": "ops"}')
    assert json.loads(body)["to"] == "ops"


def test_every_field_that_the_config_allows_is_there() -> None:
    assert set(webhook.values(message())) == set(TEMPLATE_FIELDS)


@pytest.mark.parametrize("make", [message, hostile], ids=["a plain one", "a hostile one"])
def test_a_mail_is_whole_and_safe(make: Any) -> None:
    made = email.mail(make(), "watchfloor@shop.example", ("a@shop.example", "b@shop.example"))
    raw = made.as_bytes()
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    assert made["To"] == "a@shop.example, b@shop.example"
    assert made["Message-ID"] == f"<{idempotency_key(make())}@shop.example>"
    assert not any(line.lower().startswith("bcc") for line in head.split("\r\n"))
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def test_mails_of_one_group_are_one_conversation() -> None:
    firing = email.mail(message(), "a@b.c", ("d@e.f",))
    over = email.mail(message(id=8, action="resolved"), "a@b.c", ("d@e.f",))
    assert firing["References"] == over["References"]
    assert firing["Message-ID"] != over["Message-ID"]
    assert over["Subject"] == "RESOLVED production: PostgreSQL shop is down"


def test_a_mail_says_all_of_it() -> None:
    text = email.mail(message(), "a@b.c", ("d@e.f",)).get_content()
    for part in ("CRITICAL production", "likely cause", "postgres:shop: connection refused", "wiki", "incident 42"):
        assert part in text


TERM = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("environ", "beginning"),
    [
        pytest.param(TERM, "\x1b]9;CRITICAL", id="most take OSC 9"),
        pytest.param({"TERM": "foot"}, "\x1b]777;notify;watchfloor;CRITICAL", id="foot takes OSC 777"),
        pytest.param({**TERM, "VTE_VERSION": "7600"}, "\x1b]777;notify;watchfloor;", id="VTE takes OSC 777"),
        pytest.param({**TERM, "TMUX": "/tmp/x"}, "\x1bPtmux;\x1b\x1b]9;CRITICAL", id="tmux hands it on"),
        pytest.param({"TERM": "linux"}, "\a", id="the console only rings"),
    ],
)
def test_a_terminal_is_told_in_its_own_way(environ: dict[str, str], beginning: str) -> None:
    assert terminal.sequence(message(), environ).startswith(beginning)


@pytest.mark.parametrize(
    ("made", "rings"),
    [
        pytest.param(message(), True, id="what fires rings"),
        pytest.param(message(severity="info"), False, id="mere news does not ring"),
        pytest.param(message(action="resolved"), False, id="what is over does not ring"),
    ],
)
def test_the_bell_is_for_what_is_new(made: Message, rings: bool) -> None:
    assert terminal.sequence(made, TERM).endswith("\a\a") == rings


def test_no_text_ends_a_terminals_sequence() -> None:
    inside = terminal.sequence(hostile(), {"TERM": "foot"}).removeprefix("\x1b]777;notify;watchfloor;")
    assert inside.rstrip("\a").isprintable()
    assert ";" not in inside


@pytest.mark.parametrize("make", [message, hostile], ids=["a plain one", "a hostile one"])
def test_what_apprise_gets_is_short(make: Any) -> None:
    assert len(apprise.body(make())) <= 3000
    assert "\x1b" not in apprise.body(make())


def test_nothing_hostile_is_left_in_what_slack_shows() -> None:
    shown = json.dumps(slack.payload(hostile()), ensure_ascii=False)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "<!channel>" in HOSTILE
    assert "&lt;!channel&gt;" in shown
