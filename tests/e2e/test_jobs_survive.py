"""A job outlives what started it: a screen that is killed, an SSH line that is cut; and another screen takes it up."""

import shutil
import signal
from pathlib import Path

import psutil
import pytest

from ops.audit.trail import FILE_NAME, AuditTrail
from tests.parts.need import need
from tests.parts.slow_fix import WATCHFLOOR, Broken, begin, broken
from tests.parts.sshd import sshd
from tests.parts.tmux import Screen, screen
from tests.parts.wait import until


@pytest.fixture(autouse=True)
def _terminal() -> None:
    need(shutil.which("tmux"), "tmux")


def floors(config: Path) -> list[psutil.Process]:
    """The floors that run on this config."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if str(config) in line and "python" in Path(line[0]).name:
            found.append(process)
    return found


def is_running(service: Broken) -> bool:
    """Whether the job is amidst its lines."""
    return service.has_told("step 1")


def is_on_record(service: Broken) -> None:
    """All lines were kept, and intent and outcome stand in a trail that is whole."""
    job = service.ended()
    assert job.verdict == "verified", job
    said = [line.text for line in service.book.output(1) if line.kind == "out"]
    assert said == [*(f"step {number}" for number in range(15)), "mended"]
    trail = AuditTrail(service.folder / "history" / FILE_NAME)
    assert [entry.kind for entry in trail.entries()] == ["intent", "outcome"]


def test_it_goes_on_when_the_screen_is_killed(tmp_path: Path) -> None:
    with broken(tmp_path) as service:
        with screen(WATCHFLOOR, "--config", str(service.config), environment=service.environment) as shown:
            begin(shown)
            until(lambda: is_running(service), "the job to run")
            (floor,) = floors(service.config)
            floor.send_signal(signal.SIGKILL)
            until(lambda: not floor.is_running(), "the end of the screen")
            assert service.job().state == "running"
        is_on_record(service)


def test_it_goes_on_when_the_ssh_line_is_cut(tmp_path: Path) -> None:
    (tmp_path / "ssh").mkdir(mode=0o700)
    (tmp_path / "shop").mkdir(mode=0o700)
    with broken(tmp_path / "shop") as service, sshd(tmp_path / "ssh") as ssh:
        far = [f"XDG_STATE_HOME={service.folder}/state", WATCHFLOOR, "--config", str(service.config)]
        with screen(*ssh, "env", *far) as shown:
            begin(shown)
            until(lambda: is_running(service), "the job to run")
            (floor,) = floors(service.config)
            # The session on the server, not the client: so the line is gone without a word.
            for process in psutil.Process(floor.pid).parents():
                if process.name() == "sshd" and process.ppid() != 1:
                    process.kill()
                    break
            until(lambda: not floor.is_running(), "the end of the screen")
            assert service.job().runs
        is_on_record(service)
        assert service.job().request.by.origin == "127.0.0.1", "from where it was asked"


def open_drawer(service: Broken, shown: Screen) -> None:
    """Another screen, and its drawer."""
    shown.until(lambda text: "hands" in text and "api" in text)
    shown.press("o")
    shown.until("job 1")
    assert service.job().runs


def test_another_screen_shows_it_with_the_output_so_far_and_follows_it(tmp_path: Path) -> None:
    with broken(tmp_path, lines=30) as service:
        command = (WATCHFLOOR, "--config", str(service.config))
        with screen(*command, environment=service.environment) as first:
            begin(first)
            until(lambda: service.has_told("step 5"), "the job to run")
        with screen(*command, environment=service.environment) as second:
            open_drawer(service, second)
            second.until(lambda text: "step 5" in text and "running" in text)
            newest = max(line.number for line in service.book.output(1))
            later = f"step {newest + 4}"
            second.until(later)
            assert service.job().runs, "live, not only when it has ended"
            second.until("verified", 30)
        assert service.ended().verdict == "verified"


def test_another_screen_can_cancel_it_and_what_it_wrote_is_kept(tmp_path: Path) -> None:
    with broken(tmp_path, lines=300) as service:
        command = (WATCHFLOOR, "--config", str(service.config))
        with screen(*command, environment=service.environment) as first:
            begin(first)
            until(lambda: is_running(service), "the job to run")
        with screen(*command, environment=service.environment) as second:
            open_drawer(service, second)
            second.press("c")
            second.until("Cancel job 1?")
            second.press("y")
            job = service.ended()
            second.until("cancelled")
        assert job.verdict == "cancelled"
        assert service.has_told("step 1")
        assert service.broken.exists(), "it was ended amidst its work"
        lines = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
        assert not [line for line in lines if str(service.broken) in line], "with all that it had started"
