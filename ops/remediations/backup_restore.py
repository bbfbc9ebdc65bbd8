"""Put a backup back."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

from collectors.text import clean
from ops.actions.backups import KIND, PROVED_WITHIN_S, BackupAction, desk_of, is_there, told, wish_of
from ops.actions.base import Case, Offer, Param, Risk
from ops.board import Row
from ops.runner.base import Runner
from ops.verdicts.backup_words import READ_FIRST

_MOST = 100


class BackupRestore(BackupAction):
    """Puts a backup back: beside what is there where that can be, compared, then swapped in by rename.

    What is there now is backed up first, unless "safety" is "no". "to" names another place, "only" some tables or
    files, and "empty" lets it write into a place that already has something in it.
    """

    name = "backup.restore"
    title = "put a backup back"
    how: ClassVar[Literal["restore"]] = "restore"
    risk: ClassVar[Risk] = "interrupts"
    params: ClassVar[tuple[Param, ...]] = (
        Param(name="backup", title="which backup", kind="pick", default="verified"),
        Param(name="safety", title="back up what is there first", kind="choice", default="yes", choices=("yes", "no")),
    )

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where there is one. What it restores into proves it, where the floor watches that."""
        if is_there(row):
            yield Offer(
                action=self.name,
                row=row.id,
                title=f"restore {row.name}",
                score=20,
                params={"to": "", "only": "", "empty": "no"},
                ask=self.params,
                risk=self.risk,
                verify_row=str(row.facts.get("of") or ""),
                within_s=PROVED_WITHIN_S,
            )

    async def run(self, case: Case, runner: Runner) -> None:
        """Say what would be written over, then restore."""
        from ops.backup.doing.restore import NOTHING

        wish = wish_of(case.params)
        kept = await self.meant(case, runner)
        if kept.verified_at is None:
            runner.say(READ_FIRST)
        with told():
            desk = desk_of(case.config, planned=runner.dry)
            found = await desk.overwrites(case.spec.config.name, kept.id, wish)
        runner.rely("place", "; ".join(clean(one.what) for one in found))
        for one in found[:_MOST]:
            line = f"{clean(one.what)}: now {clean(one.now)}; then {clean(one.then)}"
            if one.loses or one.now not in NOTHING:
                runner.loses(line + (f"; lost for good: {clean(one.loses)}" if one.loses else ""))
            else:
                runner.say(line)
        if len(found) > _MOST:
            runner.say(f"{len(found) - _MOST:,} more are not listed")
        if case.params.get("safety") == "no" and any(one.now not in NOTHING for one in found):
            runner.loses("what is there now is not backed up first")
        elif not case.params.get("to") and all(one.now in NOTHING for one in found):
            runner.say("nothing is there now that a safety backup could keep: none is taken")
        given = {name: value for name, value in case.params.items() if name != "backup" and value}
        await runner.do(self.call(case, kept.id, given))

    def interrupts(self, case: Case) -> str:
        """What is in its place."""
        if case.params.get("to"):
            return f"nothing but what is in {clean(case.params['to'])}"
        return "what uses it is cut off while it is swapped in, and what was written since the backup is not in it"

    def undone(self, case: Case) -> str:
        """Where that can be by a rename, else from the safety backup."""
        if case.params.get("safety") == "no" or case.params.get("to"):
            return "what was there is kept aside where that can be; the output says under which name"
        return "what was there is kept aside where that can be, and in the safety backup; the output says how it is had"

    def proves(self, row: Row) -> tuple[str, ...]:
        """What was restored answers; of what the floor does not read, its backups can be read."""
        return (f"{KIND}.target",) if row.kind == KIND else (f"{row.kind}.reach",)
