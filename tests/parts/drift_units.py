"""Units of a real systemd, and accounts of this machine, that are changed for real."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.parts.accounts import run
from tests.parts.drift_world import Mutation
from tests.parts.systemd import Systemctl
from tests.parts.wait import until

UNIT, ACCOUNT, BACK = ("drift.unit",), ("drift.account",), ("drift.restore-file",)
_NAMES = ("stopped", "started", "failed", "enabled", "disabled", "said", "more", "gone")
_UNIT = "[Service]\nExecStart=/bin/sleep 600\n[Install]\nWantedBy=default.target\n"
_FAILS = "[Service]\nExecStart=/bin/false\n"


class Units:
    """The units of one world."""

    def __init__(self, systemctl: Systemctl) -> None:
        self.call = systemctl
        self.folder = Path(systemctl.environment["HOME"]) / ".config/systemd/user"

    def agreed(self) -> None:
        """Everything as it is meant to be."""
        for name in _NAMES:
            self.write(name, _FAILS if name == "failed" else _UNIT)
        self.call("start", _unit("stopped"))
        self.call("enable", "--quiet", _unit("disabled"))

    def write(self, name: str, text: str) -> None:
        """Write a unit, and let systemd read it."""
        (self.folder / _unit(name)).write_text(text)
        self.call("daemon-reload")

    def fail(self) -> None:
        """Start what can't run."""
        self.call("start", _unit("failed"))
        until(lambda: self.call.show(_unit("failed"), "ActiveState") == "failed", "the unit to fail")

    def drop_in(self, text: str) -> None:
        """A file beside a unit that changes it; none without a text."""
        file = self.folder / f"{_unit('more')}.d/more.conf"
        file.parent.mkdir(exist_ok=True)
        if text:
            file.write_text(text)
        else:
            file.unlink()
        self.call("daemon-reload")

    def remove(self, name: str) -> None:
        """Take a unit away."""
        (self.folder / _unit(name)).unlink()
        self.call("daemon-reload")


def _unit(name: str) -> str:
    return f"wf-{name}.service"


def _called(verb: str, name: str) -> Callable[[Units], object]:
    return lambda units: units.call(verb, _unit(name))


def _of(says: str, name: str, told: str, change: Callable[[Units], object]) -> Mutation:
    kind, _, fact = told.partition(" ")
    return Mutation(says, {f"{kind} units:own/{_unit(name)}#{fact}": UNIT}, change)


def _on(name: str, *told: str) -> dict[str, Sequence[str]]:
    found = (one.partition(" ") for one in told)
    return {f"{kind} units:own/{_unit(name)}{'#' if fact else ''}{fact}": () for kind, _, fact in found}


UNITS: Sequence[Mutation] = (
    _of("a unit that was stopped", "stopped", "changed state", _called("stop", "stopped")),
    _of("a unit that was started", "started", "changed state", _called("start", "started")),
    _of("a unit that failed", "failed", "changed state", Units.fail),
    _of("a unit that starts at boot", "enabled", "changed enabled", _called("enable", "enabled")),
    _of("a unit that does not any more", "disabled", "changed enabled", _called("disable", "disabled")),
    Mutation("what the file of a unit says", _on("said", "changed definition"),
             lambda units: units.write("said", f"{_UNIT}Alias=wf-other.service\n"),
             lambda units: units.write("said", _UNIT)),
    Mutation("a file more of a unit", _on("more", "changed definition", "changed files"),
             lambda units: units.drop_in("[Service]\nNice=5\n"), lambda units: units.drop_in("")),
    Mutation("a unit that is gone", _on("gone", "removed"), lambda units: units.remove("gone"),
             lambda units: units.write("gone", _UNIT)),
    Mutation("a unit that nobody agreed on", _on("new", "added"), lambda units: units.write("new", _UNIT),
             lambda units: units.remove("new")),
)  # fmt: skip


class Accounts:
    """The accounts of one world: one that is changed, by its name, and beside it what comes and goes."""

    def __init__(self, name: str, home: Path) -> None:
        self.name, self.home = name, home
        self.names = {"u": name, "home": str(home)}
        self.made = [f"{name}-gone"]

    def agreed(self) -> None:
        """Everything as it is meant to be."""
        (self.home / ".ssh").mkdir(parents=True)
        (self.home / ".ssh/authorized_keys").write_text("ssh-ed25519 AAAA ann\n")
        run("usermod", "--home", str(self.home), "--uid", "64323", self.name)
        run("chage", "--lastday", "2021-01-01", self.name)
        self.add("gone")

    def set(self, *options: str) -> None:
        """Change the account."""
        run("usermod", *options, self.name)

    def add(self, short: str) -> None:
        """Another account, without a group of its own."""
        run("useradd", "--no-create-home", "--no-user-group", "--uid", "64321", f"{self.name}-{short}")

    def remove(self, short: str) -> None:
        """Take it away."""
        run("userdel", f"{self.name}-{short}")

    def end(self) -> None:
        """Whatever is left."""
        for short in ("gone", "new"):
            subprocess.run(["userdel", f"{self.name}-{short}"], check=False, capture_output=True)
        subprocess.run(["groupdel", f"{self.name}-team"], check=False, capture_output=True)


def _set(*options: str) -> Callable[[Accounts], object]:
    return lambda accounts: accounts.set(*options)


def _fact(fact: str, *options: str, kind: str = "changed") -> Mutation:
    return Mutation(
        f"{fact} of an account ({options[0]})", {f"{kind} users:user {{u}}#{fact}": ACCOUNT}, _set(*options)
    )


ACCOUNTS: Sequence[Mutation] = (
    _fact("shell", "--shell", "/bin/false"),
    _fact("group", "--gid", "games"),
    _fact("groups", "--groups", "games,daemon"),
    _fact("password", "--lock"),
    _fact("expires", "--expiredate", "2030-01-01", kind="added"),
    Mutation("the number of an account", {"changed users:user {u}#uid": ()}, _set("--uid", "64322"),
             _set("--uid", "64323")),
    Mutation("when the password was changed", {"changed users:user {u}#password_changed": ()},
             lambda accounts: run("chage", "--lastday", "2020-01-01", accounts.name),
             lambda accounts: run("chage", "--lastday", "2021-01-01", accounts.name)),
    Mutation("the keys that open an account", {"changed users:{home}/.ssh/authorized_keys#text": BACK},
             lambda accounts: (accounts.home / ".ssh/authorized_keys").write_text("ssh-ed25519 BBBB eve\n")),
    Mutation("an account in the place of another", {"removed users:user {u}-gone": (), "added users:user {u}-new": ()},
             lambda accounts: (accounts.remove("gone"), accounts.add("new")),
             lambda accounts: (accounts.remove("new"), accounts.add("gone"))),
    Mutation("a group that nobody agreed on", {"added users:group {u}-team": ()},
             lambda accounts: run("groupadd", f"{accounts.name}-team"),
             lambda accounts: run("groupdel", f"{accounts.name}-team")),
)  # fmt: skip
