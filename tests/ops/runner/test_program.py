"""Programs: arguments arrive byte for byte, output is bounded, and nothing outlives its time or a cancel."""

import asyncio
import gc
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.actions.errors import ActionError, Refused
from ops.runner.base import Answer
from ops.runner.calls import Program
from ops.runner.effects import program
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, config_of
from tests.parts.wait import until, until_async

CONFIG = config_of("")
HOSTILE = st.lists(
    st.one_of(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60),
        st.sampled_from(
            [
                "; touch pwned",
                "$(touch pwned)",
                "`touch pwned`",
                "| tee pwned",
                "-rf",
                "--",
                "&& touch pwned",
                "> pwned",
            ]
        ),
        st.sampled_from(["a\nb", "\x1b[2J\x1b]0;x\x07", "\u202egnp.exe", "'\"\\", "*", "~", "%s{}", "\x9b31m", " "]),
    ),
    max_size=6,
)


async def run(call: Program, sink: MemorySink | None = None) -> Answer:
    """Through the runner, as an action does."""
    return await RealRunner(CONFIG, sink or MemorySink()).do(call)


def python(script: str, *arguments: str, timeout_s: float = 30.0) -> Program:
    """A call of Python."""
    return Program(argv=(sys.executable, "-c", script, *arguments), timeout_s=timeout_s)


def group_members(group: int) -> Iterator[int]:
    """Processes of that group which run."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == group and fields[0] != b"Z":
                yield int(entry.name)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arguments=HOSTILE)
def test_arguments_arrive_byte_for_byte_and_are_executed_nowhere(arguments: list[str], tmp_path: Path) -> None:
    script = "import os, sys; open('seen', 'wb').write(b'\\0'.join(os.fsencode(each) for each in sys.argv[1:]))"
    call = Program(argv=(sys.executable, "-c", script, *arguments), folder=str(tmp_path))
    sink = MemorySink()
    asyncio.run(run(call, sink))
    assert (tmp_path / "seen").read_bytes() == b"\0".join(os.fsencode(each) for each in arguments)
    assert [each.name for each in tmp_path.iterdir()] == ["seen"]
    assert sink.inert


@pytest.mark.parametrize(
    ("call", "sentence", "reason"),
    [
        pytest.param(Program(argv=("no-such-program-here",)), "there is no program", "missing", id="missing"),
        pytest.param(Program(argv=("/etc/passwd",)), "may not be run by this user", "permission", id="not executable"),
        pytest.param(Program(argv=("true",), folder="/no/such"), "there is no folder", "missing", id="no folder"),
        pytest.param(Program(argv=()), "no program's name", "error", id="nothing to start"),
        pytest.param(Program(argv=("",)), "no program's name", "error", id="an empty name"),
        pytest.param(Program(argv=("-rf", "/")), "no program's name", "error", id="a name like an option"),
        pytest.param(Program(argv=("echo", "a\0b")), "can't be started", "error", id="a NUL in an argument"),
    ],
)
async def test_what_can_not_be_started_is_refused_with_a_remedy(call: Program, sentence: str, reason: str) -> None:
    with pytest.raises(Refused, match=sentence) as caught:
        await run(call)
    assert caught.value.reason == reason
    assert caught.value.remedy


async def test_another_exit_than_a_good_one_fails_with_the_last_complaint() -> None:
    sink = MemorySink()
    script = "import sys; print('out'); sys.stderr.write('first\\nno space left\\n\\n'); sys.exit(3)"
    with pytest.raises(ActionError, match=r"ended with status 3: no space left") as caught:
        await run(python(script), sink)
    assert not isinstance(caught.value, Refused)
    assert sink.exits == [3]
    assert sink.of("err") == ["first", "no space left", ""]
    good = Program(argv=(sys.executable, "-c", "raise SystemExit(3)"), good=(0, 3))
    assert (await run(good)).status == 3


async def test_a_program_that_a_signal_ended_says_which() -> None:
    with pytest.raises(ActionError, match="was ended by SIGKILL"):
        await run(python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))


async def test_it_sees_little_of_our_environment_and_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "tr0ub4dor")
    script = "import os, sys; print(sorted(os.environ), repr(sys.stdin.read()), os.environ['COLOUR'])"
    call = Program(argv=(sys.executable, "-c", script), environment={"COLOUR": "no"})
    text = (await run(call)).text
    assert "SHOP_TOKEN" not in text
    assert "'' no" in text


async def test_what_it_writes_has_a_services_usual_permissions_whatever_ours_are(tmp_path: Path) -> None:
    ours = os.umask(0o077)
    try:
        await run(Program(argv=("touch", "made"), folder=str(tmp_path)))
    finally:
        os.umask(ours)
    assert os.stat(tmp_path / "made").st_mode & 0o777 == 0o644


async def test_output_of_100_mb_costs_little_memory_and_no_great_time() -> None:
    line = "x" * 99

    class Counting(MemorySink):
        count = 0

        def line(self, kind: str, text: str) -> None:
            del kind, text
            self.count += 1

    script = f"import sys\nblock = ('{line}\\n' * 10_000)\nfor _ in range(100): sys.stdout.write(block)"
    sink, before, began = Counting(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    answer = await run(python(script, timeout_s=120), sink)
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert sink.count == 1_000_001
    assert len(answer.text) == program.KEPT_BYTES
    assert grown_kib < 20_000
    assert time.perf_counter() - began < 60


async def test_100_mb_without_a_line_end_are_one_line() -> None:
    sink = MemorySink()
    await run(python("import sys\nfor _ in range(100): sys.stdout.write('y' * 1_000_000)", timeout_s=120), sink)
    assert [len(text) for text in sink.of("out")] == [2000]


@pytest.mark.parametrize("how", ["cancel", "time"])
async def test_no_process_of_the_group_is_left_whatever_it_ignores(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "PATIENCE_S", 0.3)
    script = (
        "import os, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])\n"
        "subprocess.Popen(['sleep', '300'])\n"
        "print('before', flush=True)\n"
        f"open({str(tmp_path / 'group')!r}, 'w').write(str(os.getpgid(0)))\n"
        "time.sleep(300)"
    )
    sink, noted = MemorySink(), tmp_path / "group"
    task = asyncio.create_task(run(python(script, timeout_s=300 if how == "cancel" else 3), sink))
    await until_async(lambda: noted.exists() and noted.read_text(), "the group's number")
    group = int(noted.read_text())
    assert group != os.getpgid(0)
    assert os.getsid(group) == os.getsid(0)
    assert len(list(group_members(group))) >= 1
    if how == "cancel":
        task.cancel()
    with pytest.raises(asyncio.CancelledError if how == "cancel" else ActionError):
        await task
    assert list(group_members(group)) == []
    assert sink.of("out") == ["before"]
    assert any("KILL to its whole group" in text for text in sink.of("say"))


def test_one_that_is_cut_off_twice_is_let_go_of_before_its_loop_ends(tmp_path: Path) -> None:
    noted = tmp_path / "group"
    script = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"open({str(noted)!r}, 'w').write(str(os.getpid()))\n"
        "time.sleep(300)"
    )

    async def cut_off() -> None:
        task = asyncio.create_task(run(python(script)))
        await until_async(lambda: noted.exists() and noted.read_text(), "the group's number")
        task.cancel()
        await asyncio.wait([task], timeout=0.1)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(cut_off())
    gc.collect()  # Something that was not let go of would warn now.
    until(lambda: not list(group_members(int(noted.read_text()))), "it to be gone")


async def test_a_stopped_program_ends_too(tmp_path: Path) -> None:
    noted = tmp_path / "group"
    script = f"import os, signal; open({str(noted)!r}, 'w').write(str(os.getpid())); os.kill(0, signal.SIGSTOP)"
    task = asyncio.create_task(run(python(script)))
    await until_async(lambda: noted.exists() and noted.read_text(), "the group's number")
    task.cancel()
    began = time.perf_counter()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(group_members(int(noted.read_text()))) == []
    assert time.perf_counter() - began < program.PATIENCE_S


async def test_what_it_leaves_running_with_its_output_holds_nothing_up_and_lives_on(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    sink, noted = MemorySink(), tmp_path / "pid"
    script = (
        "import subprocess, sys\n"
        "left = subprocess.Popen(['sleep', '300'])\n"
        f"open({str(noted)!r}, 'w').write(str(left.pid))\n"
        "print('started')"
    )
    began = time.perf_counter()
    await run(python(script), sink)
    left = int(noted.read_text())
    request.addfinalizer(_ending(left))
    assert time.perf_counter() - began < 10
    assert sink.of("out") == ["started"]
    assert "left something running" in sink.of("say")[-1]
    os.kill(left, 0)


def _ending(pid: int) -> Callable[[], None]:
    return lambda: os.kill(pid, 9)
