"""Tests of post-mortems: over a real book, history, job and outbox, and over what may be missing."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from ops.config.load import load
from ops.config.structs import Slo
from ops.figures import percent
from ops.incidents.account import Account, Spent
from ops.incidents.costs import failures, spent
from ops.incidents.drawn import drawn
from ops.incidents.gather import account_of, dependants
from ops.incidents.lessons import badly, well
from ops.incidents.postmortem import markdown
from ops.incidents.source import IncidentError
from ops.incidents.structs import Clocks, Incident, Moment
from ops.notify.structs import Message
from ops.store.contract import Event, Record
from ops.store.memory import MemoryStore
from ops.store.opening import open_store
from tests.parts.incident_books import book, opened
from tests.parts.incident_night import CAUSE, LASTED_S, night
from tests.parts.promised import HOUR, MINUTE, NOW, configured, fill, steady
from tests.parts.stores import row

HEADINGS = ["## Summary", "## Timeline", "## Root Cause", "## Action Items", "## Lessons Learned"]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    """All that is known of the made-up one."""
    folder = tmp_path_factory.mktemp("floor")
    kept = night(folder, NOW)
    try:
        return account_of(1, kept, load(str(folder / "watchfloor.toml")), NOW)
    finally:
        kept.close()


def test_an_account_has_what_the_book_the_history_the_jobs_and_the_outbox_know(account: Account) -> None:
    assert account.missing == ()
    assert account.clocks == Clocks(detect_s=12, acknowledge_s=168, resolve_s=LASTED_S - 12)
    (failed,) = account.failures
    assert (failed.row, failed.of, failed.failed) == ("service:api", "probes", 5 * LASTED_S / MINUTE), (
        "a service that depends on it counts, in whole minutes"
    )
    assert failed.total == failed.failed + 5, "the minute in which it ended has five more"
    (spent,) = account.spent
    assert (spent.budget, spent.bad) == ("api availability", failed.failed)
    assert spent.remaining_ratio is not None
    assert spent.spent_ratio == pytest.approx(1 - spent.remaining_ratio), "nothing else spent of it"
    assert [course.row for course in account.courses] == ["service:api"]
    assert [event.kind for event in account.happened] == ["deploy"]
    (deed,) = account.deeds
    assert (deed.verdict, deed.calls, deed.by) == ("verified", ("POST /containers/shop-db-1/start",), "alice")
    assert [(message.receiver, message.state) for message in account.messages] == [("slack", "sent")]


def test_a_post_mortem_has_the_usual_headings_filled(account: Account) -> None:
    lines = markdown(account).splitlines()
    assert lines[0] == "# Incident Post-Mortem: 2027-01-15 - database shop is down"
    assert [line for line in lines if line.startswith("## ")] == HEADINGS
    for told in (
        "- Duration: 20 minutes (2027-01-15 06:00:00 to 2027-01-15 06:20:00)",
        "- 06:00 - Incident detected: shop refuses connections",
        "- 06:03 - Initial response: alice: alice has it",
        f"- 06:00 - Root cause identified: {CAUSE} (as watchfloor sees it)",
        "- 06:15 - Resolution implemented: job 1 by alice: start shop-db-1",
        "- 06:20 - Service restored: none of its alerts fires any more",
        "- People: owner alice, communication bob",
        "1. alert on the disk - Assigned to bob - Due 2026-12-01",
        "2. say it in the runbook - Assigned to **[open: person]** - Due **[open: date]**",
        "- It was noticed by itself, 12 s after it began.",
        "- Somebody had it after 2m48s; 15m were allowed.",
        "- The error budget api availability is used up; this took "
        f"{percent(account.spent[0].spent_ratio * 100)} of it.",
        "1. shop runs pg:17 now, 4m before",
    ):
        assert told in lines, "\n".join(lines)
    whole = "\n".join(lines)
    assert "100 of 105 probes failed (95.2 %): service:api 100" in whole
    assert "$ POST /containers/shop-db-1/start" in whole
    assert "| 06:00:14 | slack | firing | delivered after 1 s | dedup 1 |" in whole
    assert "**[open: what we learned, and how to prevent it in future]**" in whole


def test_what_is_of_another_day_than_its_beginning_has_that_day(account: Account) -> None:
    later = replace(account, start=account.start - 86400)
    told = markdown(later)
    assert "- 01-15 06:03 - Initial response: alice: alice has it" in told
    assert "Job 1, 01-15 06:" in told
    assert "| 01-15 06:00:" in told.partition("### Who was told")[2]


def test_text_from_the_world_stays_text(account: Account) -> None:
    lines = markdown(account).splitlines()
    assert any(r"the disk \<was\> \| full" in line for line in lines)
    assert any(r"deploy: shop runs pg:17 now \| \<b\>" in line for line in lines)
    fences = [line for line in lines if line.startswith("```")]
    assert "````text" in fences, "an output with a fence in it has a longer one around it"
    assert len(fences) % 2 == 0


def test_a_chart_shows_where_it_failed_and_where_it_began_and_ended(account: Account) -> None:
    lines = markdown(account).splitlines()
    (failed,) = [line for line in lines if line.startswith(" failed |")]
    ruler = lines[lines.index(failed) + 1]
    begins, ends = ruler.index("b"), ruler.index("r")
    columns = failed[begins : ends - 1]
    assert set(columns) <= {"█"}, (failed, ruler)
    assert set(failed[len(" failed |") : begins - 1]) == {"·"}


def test_a_chart_can_be_plain(account: Account) -> None:
    chart = drawn(account.courses[0], [(account.start, "b")], plain=True)
    assert all(line.isascii() for line in chart)
    assert "####" in chart[-3]


def test_what_was_merged_into_it_is_told_but_stands_for_nothing_of_its_own(tmp_path: Path) -> None:
    kept = book(tmp_path / "history", NOW)
    kept.add(opened("a symptom", at=NOW - 400))
    kept.add(opened("the cause", at=NOW - 300))
    kept.merge(1, 2, "alice")
    (tmp_path / "watchfloor.toml").write_text('[store]\npath = "history"\n[[host]]\nname = "here"\n')
    told = markdown(account_of(2, kept, load(str(tmp_path / "watchfloor.toml")), NOW))
    kept.close()
    assert "opened: a symptom" in told
    assert "- Incident detected: a symptom" not in told
    assert "Incident detected: the cause" in told


def test_without_a_history_it_says_so_and_tells_the_rest(tmp_path: Path) -> None:
    kept = book(tmp_path / "history", NOW)
    kept.add(opened(at=NOW - 300))
    (tmp_path / "watchfloor.toml").write_text('[store]\npath = "history"\n[[host]]\nname = "here"\n')
    told = markdown(account_of(1, kept, load(str(tmp_path / "watchfloor.toml")), NOW))
    kept.close()
    assert "> It is not over: what follows is how it stands." in told
    assert "> no history: " in told
    assert "- --:-- - Service restored: it is not over" in told
    assert "- Nobody acknowledged it; 15m were allowed for that." in told
    assert "1. **[open: what is to be done]** - Assigned to **[open: person]** - Due **[open: date]**" in told


def test_jobs_that_can_not_be_read_are_missing_and_the_rest_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(tmp_path, NOW).close()
    config = load(str(tmp_path / "watchfloor.toml"))
    kept = book(tmp_path / "history", NOW)

    def denied(*_: object, **__: object) -> list[int]:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr("ops.jobs.reading.parts", denied)
        assert account_of(1, kept, config, NOW).missing == ("what jobs wrote can't be read: Permission denied",)
    monkeypatch.setattr("ops.jobs.book.numbers", denied)
    account = account_of(1, kept, config, NOW)
    kept.close()
    assert account.missing == (f"the jobs in {tmp_path / 'history' / 'jobs'} can't be read: Permission denied",)
    assert (account.deeds, len(account.failures)) == ((), 1)


def test_what_there_is_no_room_for_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    night(tmp_path, NOW).close()
    for name in ("MOST_DEEDS", "MOST_EVENTS", "MOST_MESSAGES"):
        monkeypatch.setattr(f"ops.incidents.gather.{name}", 0)
    kept = book(tmp_path / "history", NOW)
    account = account_of(1, kept, load(str(tmp_path / "watchfloor.toml")), NOW)
    kept.close()
    assert account.missing == tuple(
        f"only the newest 0 {what} are told: there were more" for what in ("messages", "events of the history", "jobs")
    )


def test_what_the_next_incident_begins_with_is_not_of_this_one(tmp_path: Path) -> None:
    """Its end is told with what followed on it, but neither lines nor columns of what came next."""
    kept = night(tmp_path, NOW)
    (first,) = kept.page()
    end = first.resolved_at
    assert end is not None
    levels = [("well again", 5, "critical", "ok"), ("answers 503", 20, "ok", "critical"),
              ("slower", 40, "warning", "critical")]  # fmt: skip
    happened = tuple(
        Event(at=end + after, kind="level", row="service:api", text=text, before=was, after=now)
        for text, after, was, now in levels
    )
    store = open_store(tmp_path / "history")
    store.append([Record(at=end + MINUTE, happened=happened)])
    store.close()
    kept.add(opened(at=end + 42))
    account = account_of(1, kept, load(str(tmp_path / "watchfloor.toml")), NOW)
    kept.close()
    assert [event.text for event in account.happened if event.kind == "level"] == ["well again"]
    assert [course.end for course in account.courses] == [end + 30], "the second begins 12 s before it is opened"


def test_of_an_incident_that_is_not_there_nothing_is_told(tmp_path: Path) -> None:
    kept = book(tmp_path, NOW)
    (tmp_path / "watchfloor.toml").write_text('[[host]]\nname = "here"\n')
    with pytest.raises(IncidentError, match="no incident 7"):
        account_of(7, kept, load(str(tmp_path / "watchfloor.toml")), NOW)
    kept.close()


def test_what_depends_on_a_row_is_concerned_too_also_in_a_circle() -> None:
    rows = [row("a:1", depends_on=("b:1",)), row("b:1", depends_on=("c:1",)), row("c:1", depends_on=("a:1",)),
            row("d:1")]  # fmt: skip
    assert dependants(rows, ("c:1",)) == ("a:1", "b:1")
    assert dependants(rows, ("d:1",)) == ()


@pytest.mark.parametrize(
    ("ended_ago_s", "lasted_s"),
    [
        pytest.param(0, 210 * MINUTE, id="it began in an hour that no window looks at"),
        pytest.param(0, 60 * MINUTE, id="it began where a window begins"),
        pytest.param(0, 10 * MINUTE, id="it began in the hour that is now"),
        pytest.param(7200, 130 * MINUTE, id="it is over"),
    ],
)
def test_a_budget_pays_for_the_minutes_of_the_incident_and_for_no_other(ended_ago_s: float, lasted_s: float) -> None:
    """It fails for 5 minutes before the incident too, and for the first 5 and the last 2 of it."""
    store, end = MemoryStore(), NOW + 30 * MINUTE - ended_ago_s
    start = end - lasted_s
    failing = [(start - 5 * MINUTE, start + 5 * MINUTE), (end - 2 * MINUTE, end)]
    fill(store, steady(NOW - 12 * HOUR, end, failing))
    config = configured(Slo(service="api", objective=99.9))
    (paid,) = spent(store, config, ["service:api"], start, end - 1)
    assert (paid.bad, paid.total) == (5 * 7, 5 * lasted_s / MINUTE)
    (counted,) = failures(store, ["service:api", "service:web"], start, end - 1)
    assert (counted.failed, counted.total) == (paid.bad, paid.total)
    assert not spent(store, config, ["service:web"], start, end)


def plain(*moments: Moment, **more: object) -> Account:
    """An account of one that somebody had quickly and that is over, but for what is given."""
    incident = Incident(number=1, title="x", priority="P2", state="resolved", opened_at=10, began_at=0, acked_at=20,
                        resolved_at=90, runbook="look")  # fmt: skip
    about = {name: more.pop(name) for name in list(more) if name in Incident.__struct_fields__}
    known = {"clocks": Clocks(detect_s=10, acknowledge_s=10, resolve_s=80), "timeline": moments} | more
    return Account(floor="f", environment="", at=100, incident=replace(incident, **about), start=0, end=90, **known)  # type: ignore[arg-type]


def moment(kind: str, by: str = "", after: float = 0, **data: str) -> Moment:
    return Moment(incident=1, at=10 + after, kind=kind, by=by, text="said", data=data)  # type: ignore[arg-type]


def message(state: str, sent_at: float | None = None) -> Message:
    return Message(group="g", receiver="slack", action="firing", severity="critical", title="x", made_at=10, due_at=10,
                   state=state, sent_at=sent_at, said="500")  # type: ignore[arg-type]  # fmt: skip


SPENT = Spent(budget="api", row="service:api", window="30 d", bad=1, total=9, spent_ratio=1.5, remaining_ratio=-0.5)
LATE = Clocks(detect_s=400, acknowledge_s=4000)
OPENED = moment("opened", priority="P2", respond_s="3600.0")


@pytest.mark.parametrize(
    ("account", "said"),
    [
        pytest.param(plain(clocks=LATE), "noticed only 6m40s after", id="noticed late"),
        pytest.param(plain(moment("opened", "ana")), "No alert opened it, but a person: ana", id="by a person"),
        pytest.param(plain(moment("opened", respond_s="60"), moment("ack", after=4000), clocks=LATE),
                     "only after 1h6m; 1m", id="answer late"),
        pytest.param(plain(OPENED, moment("resolved", after=60), moment("reopened", after=90),
                           moment("resolved", after=110), reopened=1),
                     "came back once: the 2nd time not acknowledged, over after 20 s", id="nobody had it again"),
        pytest.param(plain(clocks=Clocks(detect_s=1)), "Nobody acknowledged it; 1h were", id="never answered"),
        pytest.param(plain(moment("escalated"), moment("escalated")), "escalated 2 times", id="escalated"),
        pytest.param(plain(moment("unack")), "waited for somebody again once", id="an acknowledgement was lost"),
        pytest.param(plain(), "No likely cause was named", id="no cause"),
        pytest.param(plain(runbook=""), "None of its alerts names a runbook", id="no runbook"),
        pytest.param(plain(reopened=1), "came back once", id="came back"),
        pytest.param(plain(moment("resolved", firing="2")), "while 2 of its alerts still fired", id="ended too early"),
        pytest.param(plain(false_positive=True), "false alarm", id="a false alarm"),
        pytest.param(plain(messages=(message("dead"),)), "slack was given up: 500", id="a message was given up"),
        pytest.param(plain(messages=(message("queued"),)), "slack still waits", id="a message still waits"),
        pytest.param(plain(messages=(message("sent", 99),)), "slowest to slack after 1m29s", id="a message was late"),
        pytest.param(plain(moment("silence"), messages=(message("sent", 99),)),
                     "A silence was over it (said); the first message was 10 s after it began.", id="silenced before"),
        pytest.param(plain(moment("silence")), "A silence was over it (said); nobody was told.", id="silenced wholly"),
        pytest.param(plain(spent=(SPENT,)), "budget api is used up; this took 150 % of it", id="a budget is used up"),
    ],
)  # fmt: skip
def test_what_did_not_go_well_is_told_with_its_figures(account: Account, said: str) -> None:
    assert any(said in each for each in badly(account)), badly(account)


@pytest.mark.parametrize(
    ("account", "said"),
    [
        pytest.param(plain(), "Somebody had it after 10 s; 1h were allowed", id="answered in time"),
        pytest.param(plain(), "did not have to be escalated", id="not escalated"),
        pytest.param(plain(moment("cause")), "likely cause was named as soon as it was opened", id="a cause"),
        pytest.param(plain(OPENED, moment("priority", after=5, priority="P1", respond_s="900.0"),
                           moment("ack", "ana", after=26)),
                     "had it after 26 s; 15m from when it became P1 were allowed", id="in time for a graver one"),
        pytest.param(plain(OPENED, moment("priority", after=5, priority="P3", respond_s="14400.0"),
                           moment("ack", "ana", after=5000)),
                     "had it after 1h23m; 4h were allowed", id="in time for a lighter one"),
        pytest.param(plain(messages=(message("sent", 12),)), "1 message was delivered", id="all was told"),
        pytest.param(plain(spent=(replace(SPENT, remaining_ratio=0.25),)), "at least 25 %", id="something is left"),
    ],
)  # fmt: skip
def test_what_went_well_is_told_with_its_figures(account: Account, said: str) -> None:
    assert any(said in each for each in well(account)), well(account)


def test_what_was_noticed_at_the_first_bad_reading_is_no_praise() -> None:
    told = plain(OPENED, clocks=Clocks(detect_s=0, acknowledge_s=10))
    assert not [each for each in well(told) if "noticed" in each]
    assert "detected (MTTD) at its first bad reading, acknowledged" in markdown(told)


def test_a_short_one_says_its_seconds_and_a_second_answer_is_told() -> None:
    moments = (OPENED, moment("ack", "ana", after=26), moment("resolved", after=75), moment("reopened", after=90),
               moment("ack", "bo", after=102))  # fmt: skip
    told = markdown(plain(*moments, reopened=1, state="acknowledged", resolved_at=None))
    assert "acknowledged (MTTA) after 26 s" in told
    assert "; the 2nd time acknowledged after 12 s, by bo" in told
    assert "- Duration: 1 minute 30 seconds (1970-01-01 00:00:00 to 1970-01-01 00:01:30)" in markdown(plain())
    assert "- Duration: 2 hours 1 minute (" in markdown(replace(plain(), end=7299.0))


def test_the_five_moments_are_in_the_order_of_time() -> None:
    moments = (OPENED, moment("cause", after=40, row="x"), moment("ack", "ana", after=15))
    lines = [line for line in markdown(plain(*moments)).splitlines() if line.startswith("- 00:") or "--:--" in line]
    assert [line.split(" - ")[1].partition(":")[0] for line in lines] == [
        "It began", "Incident detected", "Initial response", "Root cause identified", "Service restored",
        "Resolution implemented"]  # fmt: skip
    late = (OPENED, moment("cause", after=2, row="x"), moment("ack", "ana", after=60))
    text = markdown(plain(*late))
    assert text.index("Root cause identified") < text.index("Initial response")


def test_what_happened_names_its_row_and_the_job_that_ended_it() -> None:
    job = moment("job", "ana", after=60, job="1", row="process:postgres", verdict="verified", title="start postgres")
    moments = (OPENED, moment("check", after=30, row="process:postgres"), moment("check", after=20, row="redis:cache"),
               job, moment("resolved", after=80))  # fmt: skip
    lines = markdown(plain(*moments)).splitlines()
    shown = [line for line in lines if "check: " in line]
    assert shown == ["| 00:00:30 |  | check: cache: said |", "| 00:00:40 |  | check: postgres: said |"]
    assert "- 00:01 - Service restored: job 1, start postgres, verified: said" in lines


def test_what_is_not_recorded_is_not_praised() -> None:
    nothing: Sequence[str] = well(plain(moment("opened", "ana"), clocks=Clocks(detect_s=1), acked_at=None))
    assert not nothing
