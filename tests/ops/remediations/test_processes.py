"""What is done to processes, to real ones: signalled, ended, restarted; and whom a signal never reaches."""

import json
import os
import signal
import sys
from pathlib import Path

import msgspec
import pytest

from collectors.text import LINE_LIMIT, clean
from ops.actions import processes
from ops.actions.base import Case, Offer
from ops.actions.errors import Refused
from ops.actions.registry import discover
from ops.board import Board
from ops.runner.calls import Program, Signal
from ops.runner.dry import DryRunner
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, act, case_of, config_of, planned, read, row_of
from tests.parts.need import need
from tests.parts.victims import BURN, IGNORE, supervised, victim, watching
from tests.parts.wait import until

ROW = "process:victim"
HOST = '[[host]]\nname = "box"\n[[threshold]]\nmetric = "host.cpu_percent"\nwarning = 0\nclear_ratio = 0.0\n'


def offers(board: Board, row_id: str, *names: str) -> list[Offer]:
    """What these actions offer for a row."""
    row = row_of(board, row_id)
    return [offer for name in names for offer in discover()[name].offers(row, board.rows)]


async def test_a_frozen_process_goes_on_and_its_row_is_well_again() -> None:
    with victim() as frozen:
        config = watching(frozen.mark)
        os.kill(frozen.pid, signal.SIGSTOP)
        until(lambda: frozen.state == "T", "the stop")
        board = await read(config)
        assert row_of(board, ROW).word == "frozen"
        best = max(offers(board, ROW, "process.signal", "process.kill"), key=lambda offer: offer.score)
        assert (best.params, best.risk) == ({"signal": "CONT"}, "safe")
        plan = await planned(config, "process.signal", ROW, signal="CONT")
        assert frozen.state == "T"
        assert plan.calls == (
            Signal(pid=frozen.pid, started=frozen.key.partition(":")[2], signal="CONT", timeout_s=10),
        )
        acted = await act(config, "process.signal", ROW, plan.seen, signal="CONT")
        assert acted.sink.of("call")[0].startswith(f"kill -CONT {frozen.pid}")
        assert row_of(await read(config), ROW).level == "ok"


@pytest.mark.parametrize("name", ["TERM", "HUP", "USR1", "USR2", "INT", "KILL"])
async def test_each_signal_arrives(name: str) -> None:
    with victim("[signal.signal(number, signal.SIG_DFL) for number in (signal.SIGINT, signal.SIGHUP)]") as target:
        await act(watching(target.mark), "process.signal", ROW, signal=name)
        assert target.process.wait(5) == -getattr(signal, f"SIG{name}")


async def test_a_process_is_ended_and_its_dry_run_leaves_it_alone() -> None:
    with victim() as target:
        config = watching(target.mark)
        plan = await planned(config, "process.kill", ROW)
        assert target.runs
        assert any("KILL follows" in step for step in plan.steps if isinstance(step, str))
        acted = await act(config, "process.kill", ROW, plan.seen)
        assert not target.runs
        assert [line for line in acted.sink.of("call") if "KILL" in line] == []
        assert row_of(await read(config), ROW).word in ("missing", "exited")


async def test_one_that_ignores_term_gets_kill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PATIENCE_S", 0.3)
    with victim(IGNORE) as target:
        acted = await act(watching(target.mark), "process.kill", ROW)
        assert target.process.wait(5) == -signal.SIGKILL
        assert [line.split()[1] for line in acted.sink.of("call")] == ["-TERM", "-KILL"]


async def test_on_a_busy_host_its_busiest_process_is_offered_and_ended() -> None:
    with victim(body=BURN) as target:
        config = config_of(HOST)
        board = await read(config)
        assert "busy" in {check.word for check in row_of(board, "host:box").checks}
        offered = offers(board, "host:box", "process.kill")
        top = processes.busiest(board.rows)
        assert top is not None
        assert [offer.params for offer in offered] == [{"process": top.key}]
        assert offered[0].score >= 40
        listed = offers(board, top.id, "process.kill", "process.signal")
        assert {offer.verify_row for offer in listed} == {"host:box"}
        key = target.key
        await act(config, "process.kill", "host:box", process=key)
        assert target.process.wait(5) == -signal.SIGTERM
        assert key not in {row.key for row in (await read(config)).rows}


async def test_on_a_full_host_any_process_can_be_picked_but_ours() -> None:
    config = config_of(HOST.replace("cpu_percent", "memory_percent"))
    with victim("memory = bytearray(b'x' * 300_000_000)") as target:
        board = await read(config)
        (offer,) = offers(board, "host:box", "process.kill")
        assert [param.name for param in offer.ask] == ["process"]
        picks = await discover()["process.kill"].picks(case_of(config, board, "host:box", {}), offer.ask[0])
        assert target.key in {pick.value for pick in picks}
        assert os.getpid() not in {int(pick.value.partition(":")[0]) for pick in picks}
        assert all(clean(pick.text, LINE_LIMIT) == pick.text for pick in picks)


async def test_a_supervised_process_is_restarted_by_being_ended() -> None:
    with supervised() as mark:
        config = watching(f"300. {mark}")
        before = row_of(await read(config), ROW).key
        plan = await planned(config, "process.restart", ROW)
        assert row_of(await read(config), ROW).key == before
        await act(config, "process.restart", ROW, plan.seen)
        after = row_of(await read(config), ROW)
        assert after.key != before
        assert after.level == "ok"


async def test_a_dead_process_is_restarted_by_the_command_of_its_fix(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    start = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(['sleep', '300'], start_new_session=True, stdin=-3, stdout=-3, stderr=-3)\n"
        "open(sys.argv[1], 'w').write(str(child.pid))"
    )
    argv = json.dumps([sys.executable, "-c", start, str(pid_file)])
    config = config_of(
        f'[[process]]\nname = "victim"\npid_file = "{pid_file}"\n'
        f'[[fix]]\nname = "start it"\nwhen = {{ row = "{ROW}" }}\nrun = {{ kind = "process.restart", argv = {argv} }}\n'
    )
    assert row_of(await read(config), ROW).level == "critical"
    plan = await planned(config, "process.restart", ROW, fix="start it")
    assert not pid_file.exists()
    assert isinstance(plan.calls[0], Program)
    await act(config, "process.restart", ROW, plan.seen, fix="start it")
    try:
        assert row_of(await read(config), ROW).level == "ok"
    finally:
        os.kill(int(pid_file.read_text()), signal.SIGKILL)


async def test_a_process_that_is_not_there_needs_a_command() -> None:
    with pytest.raises(Refused, match="does not run"):
        await planned(watching("wf-no-such-process-anywhere"), "process.restart", ROW)


async def test_a_process_that_is_watched_by_its_pid_can_not_be_found_again() -> None:
    with victim() as target:
        config = config_of(f'[[process]]\nname = "victim"\npid = {target.pid}\n')
        with pytest.raises(Refused, match="watched by its pid"):
            await planned(config, "process.restart", ROW)


async def test_a_zombie_is_refused_with_its_parent_named() -> None:
    with victim() as target:
        config = config_of(f'[[process]]\nname = "victim"\npid = {target.pid}\n')
        target.process.kill()
        until(lambda: target.state == "Z", "the zombie")
        assert offers(await read(config), ROW, "process.kill", "process.signal") == []
        for act_or_plan in (planned, act):
            with pytest.raises(
                Refused, match=rf"waits for its parent .+ \(pid {os.getpid()}\) to collect it"
            ) as caught:
                await act_or_plan(config, "process.kill", ROW)
            assert caught.value.remedy


async def test_another_process_with_the_same_pid_is_refused() -> None:
    with victim() as target:
        config = watching(target.mark)
        board = await read(config)
        other = msgspec.structs.replace(row_of(board, ROW), key=f"{target.pid}:1")
        case = case_of(config, msgspec.structs.replace(board, rows=(other,)), ROW, {"signal": "KILL"})
        for name in ("process.kill", "process.signal"):
            with pytest.raises(Refused, match="is another one by now") as caught:
                await discover()[name].run(case, DryRunner())
            assert caught.value.reason == "changed"
        with pytest.raises(Refused, match="is another one by now"):
            await RealRunner(config, MemorySink()).do(Signal(pid=target.pid, started="1", signal="KILL"))
        assert target.runs


async def test_a_plan_for_another_process_is_refused() -> None:
    with victim() as target:
        with pytest.raises(Refused, match="process has changed"):
            await act(watching(target.mark), "process.kill", ROW, {"process": "4711:1"})
        assert target.runs


@pytest.mark.parametrize(
    ("pid", "sentence"),
    [
        pytest.param(0, "never signalled", id="our own group"),
        pytest.param(-1, "never signalled", id="everybody"),
        pytest.param(1, "never signalled", id="the first process"),
        pytest.param(os.getpid(), "watchfloor itself", id="ourselves"),
        pytest.param(os.getppid(), "started from|never signalled", id="our parent"),
        pytest.param(2**22 + 1, "is gone", id="nobody"),
    ],
)
async def test_whom_a_signal_never_reaches(pid: int, sentence: str) -> None:
    runner = RealRunner(config_of(""), MemorySink())
    with pytest.raises(Refused, match=sentence):
        await runner.do(Signal(pid=pid, started="1", signal="CONT"))


async def test_a_signal_that_is_none_is_refused() -> None:
    with pytest.raises(Refused, match="no signal DFL"):
        await RealRunner(config_of(""), MemorySink()).do(Signal(pid=2, started="1", signal="DFL"))


async def test_a_process_of_another_user_is_refused_with_a_sentence() -> None:
    need(os.geteuid() == 0, "root, to become another user")
    with victim() as target:
        call = Signal(pid=target.pid, started=target.key.partition(":")[2], signal="KILL")
        os.setresuid(65534, 65534, 0)
        try:
            with pytest.raises(Refused, match="belongs to another user") as caught:
                await RealRunner(config_of(""), MemorySink()).do(call)
        finally:
            os.setresuid(0, 0, 0)
        assert caught.value.reason == "permission"
        assert target.runs


async def test_what_runs_on_another_machine_is_neither_offered_nor_reached() -> None:
    with victim() as target:
        config = watching(target.mark)
        board = await read(config)
        there = msgspec.structs.replace(row_of(board, ROW), host="db1")
        board = msgspec.structs.replace(board, rows=(there,))
        assert offers(board, ROW, "process.kill", "process.signal", "process.restart") == []
        with pytest.raises(Refused, match="another machine"):
            await discover()["process.kill"].run(case_of(config, board, ROW, {}), DryRunner())


async def test_a_process_that_ends_between_plan_and_run_is_refused() -> None:
    with victim() as target:
        config = watching(target.mark)
        board = await read(config)
        case = case_of(config, board, ROW, {})
        target.process.kill()
        target.process.wait()
        with pytest.raises(Refused, match="is gone"):
            await discover()["process.kill"].run(case, RealRunner(config, MemorySink()))


def said_by(case: Case) -> list[str]:
    """What the actions on processes say of themselves."""
    actions = [discover()[name] for name in ("process.kill", "process.signal", "process.restart")]
    return [text for action in actions for text in (action.interrupts(case), action.undone(case))]


async def test_all_say_what_they_interrupt_and_lock_the_process_itself() -> None:
    with victim() as target:
        config = watching(target.mark)
        case = case_of(config, await read(config), ROW, {"signal": "STOP"})
        assert all(said_by(case))
        held = {discover()[name].locks(case)[-1] for name in ("process.kill", "process.signal", "process.restart")}
        assert held == {f"process:{target.key}"}
        undo = discover()["process.signal"].undo(case)
        assert undo is not None
        assert undo.params == {"signal": "CONT"}
