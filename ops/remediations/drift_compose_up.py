"""Lets `docker compose up` bring one service to what its file says."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace

from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.compose import group
from ops.actions.compose_program import is_here, local_socket
from ops.actions.docker import engine_of, whole
from ops.actions.drifted import DriftAction, agreed, settled
from ops.actions.errors import Refused
from ops.board import Row
from ops.figures import size
from ops.fixes.guarded import guarded
from ops.runner.base import Runner
from ops.runner.calls import Program

_FACT = "up_would"
_SCORE = 75
_UP_S = 900.0


class DriftComposeUp(DriftAction):
    """`docker compose up --detach` for one service alone, from the file that the config names.

    Offered where the file was followed as agreed and is not any more. Files that somebody else could have written are
    never used.
    """

    name = "drift.compose-up"
    title = "bring a Compose service up as its file says"
    sources: ClassVar[tuple[str, ...]] = ("compose",)
    risk: ClassVar[Risk] = "interrupts"
    timeout_s = _UP_S + 60.0
    expected_s = 10.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where `up` would change something, and would not have as agreed."""
        found = self.difference(row)
        if found is not None and found.place.fact == _FACT and found.before == "nothing":
            name = found.place.item.rpartition("/")[2]
            title = f"bring service {name} up as its file says ({found.after})"
            why = "its file was followed as agreed"
            yield Offer(action=self.name, row=row.id, title=title, why=why, score=_SCORE, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """One program, on the engine of this host."""
        from ops.drift.named import raw_name

        found = await agreed(case)
        path, _, service = raw_name(found.path.item).rpartition("/")
        if said := guarded(path):
            raise Refused(said, "let only its owner write it", reason="permission")
        spec = next((spec for spec in case.config.targets if local_socket(spec)), None)
        if spec is None:
            raise Refused("no [[docker]] of this host is configured", "run docker compose up by hand", reason="missing")
        if not await is_here():
            raise Refused("there is no docker compose here", "install its plugin, or run it by hand", reason="missing")
        await _refuse_other_variables(path, service)
        runner.rely("what up would change", str(found.difference.after))
        await _tell_lost(replace(case, spec=spec), runner, path, service)
        files = (f"--file={path}", f"--project-directory={Path(path).parent}")
        up = ("up", "--detach", "--no-deps", "--", service)
        engine = f"--host=unix://{local_socket(spec)}"
        await runner.do(Program(argv=("docker", engine, "compose", *files, *up), timeout_s=_UP_S))
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """While its containers are replaced."""
        return "containers of the service that differ are replaced, and answer nothing meanwhile"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "it can't be undone: what was changed by hand since the file is gone"


async def _tell_lost(case: Case, runner: Runner, path: str, service: str) -> None:
    """Say what the service's containers wrote outside their volumes; which it makes anew, only Compose knows."""
    from ops.drift.docker.compose_file import ComposeError
    from ops.drift.docker.compose_files import project_of

    try:
        project = await project_of(path)
    except ComposeError as error:
        raise Refused(str(error), "look at the file: nothing was done", reason="changed") from error
    wrote: dict[str, int] = {}
    async with engine_of(case) as client:
        for one in (await group(client, project, service)).replicas:
            seen = await whole(client, one.id, one.shown, sized=True)
            wrote |= {one.shown: seen.size_rw} if seen.size_rw > 0 else {}
    runner.rely("wrote outside their volumes", " ".join(sorted(wrote)) or "none")
    for name, written in wrote.items():
        runner.loses(f"{name} has written {size(written)} outside its volumes, which goes where it is made anew")


async def _refuse_other_variables(path: str, service: str) -> None:
    """Raise Refused where a job would bring up another thing than was captured, or that can't be told."""
    from ops.drift.docker.compose_file import ComposeError
    from ops.drift.docker.compose_files import asks_otherwise_in_a_job

    try:
        otherwise = await asks_otherwise_in_a_job(path, service)
    except ComposeError as error:
        raise Refused(str(error), "look at the file: nothing was done", reason="changed") from error
    if otherwise:
        raise Refused(
            f"{clean(path)} takes variables from the environment that watchfloor was started with; a job has none",
            "write them into .env beside the file, or run docker compose up by hand",
            reason="missing",
        )
