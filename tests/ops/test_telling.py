"""Jobs begun by hand are in the history of every floor that records, without policy."""

import time
from pathlib import Path

from msgspec.structs import replace

from ops.live import LiveSource
from ops.store.contract import Event, Retention
from ops.store.opening import open_store
from tests.parts.down import down
from tests.parts.jobs import a_request, begin


async def watched(source: LiveSource, folder: Path) -> None:
    """Have a job begun by somebody once all is live, and look at Boards until it has ended."""
    limit, boards, begun = time.monotonic() + 30, 0, 0
    async for _ in source.boards():
        boards += 1
        assert time.monotonic() < limit
        if boards == 4:
            request = replace(a_request("lines 3"), config=str(folder / "watchfloor.toml"))
            _, begun = await begin(folder / "history", request)
        job = source.fixes.job(begun) if source.fixes is not None and begun else None
        if job is not None and not job.runs and boards > 8:
            return


def told(folder: Path) -> list[Event]:
    """What is in the history of fixes."""
    store = open_store(folder / "history", retention=Retention(), read_only=True)
    found = [event for event in store.events(0, time.time() + 1) if event.kind == "fix"]
    store.close()
    return found


async def test_a_job_begun_by_hand_is_in_the_history_without_policy(tmp_path: Path) -> None:
    source = LiveSource(down(tmp_path), record=True)
    await watched(source, tmp_path)
    async for _ in source.boards():
        break
    await source.close()
    found = told(tmp_path)
    assert [event.row for event in found] == ["service:api", "service:api"]
    assert found[0].text == "job 1 by alice began: restart api"
    assert found[1].text.startswith("job 1 ")
    assert "restart api" in found[1].text
