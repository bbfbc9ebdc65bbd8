"""Sets and backups as lines, and the exit statuses of what was done to them."""

import argparse
import shlex
from typing import Any

import pytest
from msgspec.structs import replace

from ops.actions.errors import Refused
from ops.backup.structs import Event, Found, Kept, Running, Sealing, Standing
from ops.jobs.structs import By, Job, Proof, Request, Verdict
from ops.runner.calls import Backup
from tests.parts.made_backups import kept, manifest
from tui.cli import backup_look
from tui.cli.backup_jobs import Done, status_of, told_by, worst
from tui.cli.backup_restore import params_of
from tui.cli.backup_told import found_line, kept_cells, kept_lines, restoring, set_cells, standing_lines
from tui.cli.parser import build

NOW = 1_795_226_400.0
HOSTILE = "shop\x1b[31m\nred"


def standing(*backups: Kept, **more: Any) -> Standing:
    """A set that is proven, unless something else is said."""
    fields: dict[str, Any] = {"age_s": 60.0, "rpo_s": 3600.0, "rto_s": 600.0, **more}
    return Standing(set="shop", kind="postgres", target="/var/backups", at=NOW, kept=backups, **fields)


def ran(*, ok: bool = True, what: Any = "run", reason: str = "") -> Event:
    return Event(what=what, set="shop", at=NOW - 60, ok=ok, words="as it went", reason=reason)


GOOD = standing(kept(NOW - 60, "one"), last=ran())


def job(verdict: Verdict) -> Job:
    """One that has ended so."""
    request = Request(
        config="", action="backup.run", row="backup:shop", title="take a backup", proof=Proof(row="backup:shop"),
        by=By(user="ann", uid=1, via="command"), asked_at=NOW,
    )  # fmt: skip
    return Job(id=1, request=request, state="ended", verdict=verdict)


@pytest.mark.parametrize(
    ("verdict", "event", "status"),
    [
        pytest.param("verified", ran(), 0, id="well, and the floor sees it"),
        pytest.param("unverified", ran(), 0, id="well, though the floor finds something else wrong"),
        pytest.param("unverified", ran(what="restore"), 1, id="restored, and what it is of is not good again"),
        pytest.param("unverified", None, 1, id="nobody knows"),
        pytest.param("failed", ran(ok=False, reason="damaged"), 1, id="a proof that says that the backup is none"),
        pytest.param("failed", ran(ok=False, reason="mismatch"), 1, id="restored and not the same"),
        pytest.param("failed", ran(ok=False, reason="key"), 2, id="a proof that could not be made"),
        pytest.param("failed", None, 2, id="it failed before anything was done"),
        pytest.param("cancelled", None, 2, id="a person ended it"),
        pytest.param("lost", None, 2, id="its process died"),
        pytest.param("refused", None, 2, id="nothing was done"),
    ],
)
def test_how_a_job_ends(verdict: Verdict, event: Event | None, status: int) -> None:
    assert status_of(job(verdict), event) == status


def test_what_was_taken_and_is_damaged_is_told_by_the_proof() -> None:
    taken, proof, before = ran(), ran(ok=False, what="verify", reason="damaged"), ran(ok=False)
    assert told_by([proof, taken, before], "run", NOW - 60) == proof
    assert told_by([ran(what="verify"), taken], "run", NOW - 60) == taken
    assert told_by([before], "run", NOW) is None


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        pytest.param(("ok", "planned", "nothing"), 0, id="nothing is wrong"),
        pytest.param(("ok", "bad"), 1, id="one is bad"),
        pytest.param(("bad", "held"), 75, id="another held one"),
        pytest.param(("held", "failed", "bad"), 2, id="one failed"),
        pytest.param(("failed", "interrupted"), 130, id="somebody interrupted"),
    ],
)
def test_the_worst_of_several_counts(verdicts: tuple[str, ...], status: int) -> None:
    assert worst([Done(set="shop", verdict=verdict) for verdict in verdicts]) == status


@pytest.mark.parametrize(
    ("found", "status"),
    [
        pytest.param(GOOD, 0, id="proven and in time"),
        pytest.param(standing(age_s=None), 1, id="there is none"),
        pytest.param(replace(GOOD, age_s=7200.0), 1, id="the RPO is missed"),
        pytest.param(replace(GOOD, restore_now_s=700.0), 1, id="the RTO is missed"),
        pytest.param(replace(GOOD, anomalies=("half as large",)), 1, id="something is odd"),
        pytest.param(replace(GOOD, last=ran(ok=False)), 1, id="the last run failed"),
        pytest.param(replace(GOOD, killed="run", killed_at=NOW - 180), 1, id="a run was killed"),
        pytest.param(replace(GOOD, events=(ran(ok=False, what="drill"),)), 1, id="the last drill failed"),
        pytest.param(replace(GOOD, unreachable="refused"), 2, id="its target can't be asked"),
        pytest.param(replace(GOOD, unreachable="refused", age_s=7200.0), 1, id="that, and the RPO is missed"),
    ],
)
def test_the_verdict_for_cron(found: Standing, status: int) -> None:
    assert backup_look.status_of([GOOD, found], NOW) == status


def test_a_set_in_a_line() -> None:
    cells = set_cells(replace(GOOD, restore_s=10.0, restore_now_s=20.0, next_at=NOW + 3600), NOW)
    assert cells[:5] == ("shop", "verified", "1m", "1h", "1m ago")
    drilled = replace(GOOD, kept=(replace(GOOD.kept[0], drilled_at=NOW - 30),))
    assert set_cells(drilled, NOW)[1] == "proven"
    assert (cells[5], cells[7]) == ("in 1h", "10 s, now 20 s of 10m")
    assert cells[6].endswith(" ago")
    assert cells[8:] == ("500 B", "1")
    running = replace(GOOD, running=Running(what="drill"), next_at=NOW - 1)
    assert set_cells(running, NOW)[1] == "drill now"
    assert set_cells(running, NOW)[5] == "due"
    none = set_cells(standing(age_s=None), NOW)
    assert (none[2], none[4], none[6], none[8]) == ("-", "never", "never", "-")
    assert restoring(standing()) == "- of 10m"


def test_a_backup_in_a_line_says_why_it_stays_or_goes() -> None:
    one = kept(NOW - 7200, "20261121T000000Z-aaaaaa")
    assert kept_cells(replace(one, reasons=("daily", "weekly")), NOW)[-1] == "daily, weekly"
    assert kept_cells(replace(one, expires="no rule keeps it"), NOW)[-1] == "goes: no rule keeps it"
    assert kept_cells(one, NOW)[2].startswith("verified ")
    goes = replace(one, expires="no rule keeps it")
    assert kept_cells(goes, NOW)[2].startswith("verified "), "how it is proven, as the screen says it"
    assert kept_cells(replace(one, broken="a bit is flipped"), NOW)[2] == "broken"


def test_all_about_a_set() -> None:
    lines = list(standing_lines(replace(GOOD, leftovers=2, events=(ran(),) * 30, remedy="wait"), NOW))
    assert lines[0] == "shop: verified"
    assert any("2 of dead processes" in line for line in lines)
    assert lines[-1] == "  and 10 more before"
    bad = list(standing_lines(standing(age_s=None), NOW))
    assert bad[0] == "shop: none"
    assert "everything" in "\n".join(bad)


def test_all_about_a_backup() -> None:
    made = replace(
        manifest(NOW, "20261121T000000Z-aaaaaa", rows=12),
        notes=("roles without passwords",),
        counts={f"t{number}": number for number in range(50)},
        sealing=Sealing(key_id="0123456789abcdef"),
        subject=HOSTILE,
    )
    text = "\n".join(kept_lines(Kept(manifest=made), NOW))
    assert "by the key 0123456789abcdef" in text
    assert "note        roles without passwords" in text
    assert "t49: 49" in text
    assert "and 30 more that were counted" in text
    assert "\x1b" not in text
    of_age = replace(made, sealing=Sealing(recipients=("age1a", "age1b")))
    assert "for 2 recipients of age" in "\n".join(kept_lines(Kept(manifest=of_age), NOW))
    plain = replace(made, sealing=None)
    assert "whoever reads the target reads it" in "\n".join(kept_lines(Kept(manifest=plain), NOW))


def test_what_is_inside_is_one_line_whatever_it_is_called() -> None:
    line = found_line(Found(part="a", name=HOSTILE, bytes=2048, changed_at=NOW))
    assert "\x1b" not in line
    assert "\n" not in line
    assert "2 KiB" in line
    assert "12 rows" in found_line(Found(part="a", name="public.orders", kind="table", rows=12))


def wish(**more: Any) -> dict[str, str]:
    return params_of(argparse.Namespace(**{"to": "", "only": [], "over": False, "safety": True, **more}), "id")


def test_a_wish_is_told_as_the_action_reads_it() -> None:
    assert wish() == {"backup": "id", "to": "", "only": "", "empty": "no", "safety": "yes"}
    found = wish(only=["a, b", "c"], over=True, safety=False)
    assert (found["only"], found["empty"], found["safety"]) == ("a,b,c", "yes", "no")
    assert wish(only=['["a,b"]'])["only"] == '["a,b"]'
    with pytest.raises(Refused, match="no list"):
        wish(only=["[a"])


ID = "20261121T000000Z-aaaaaa"
CALLS = (
    Backup(set="shop", how="run"),
    Backup(set="shop", how="run", params={"due": "daily weekly", "why": "schedule"}),
    Backup(set="shop", how="verify", backup=ID, params={"fraction": "2/7"}),
    Backup(set="shop", how="drill", backup=ID),
    Backup(set="shop", how="prune"),
    Backup(set="shop", how="delete", backup=ID),
    Backup(set="shop", how="restore", backup=ID, params={"to": "-x y", "only": "a,b", "empty": "yes", "safety": "no"}),
    Backup(set="shop", how="restore", backup=ID, params={"to": "", "only": "", "empty": "no", "safety": "yes"}),
)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.told)
def test_what_a_job_shows_as_its_call_can_be_typed(call: Backup) -> None:
    words = shlex.split(call.told.partition("   (")[0])
    assert words[:3] == ["watchfloor", "backup", call.how]
    args = build(("backup",)).parse_args(words[1:])
    assert (args.sets if call.how in ("run", "prune") else [args.set]) == ["shop"]
    assert getattr(args, "backup", "") == call.backup
    if call.how == "restore":
        assert params_of(args, ID) == {"backup": ID, **call.params}
    if call.how == "verify":
        assert args.fraction == "2/7"
