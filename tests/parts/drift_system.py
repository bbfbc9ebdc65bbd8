"""Repositories, settings of the kernel, mounts and ports that are changed for real."""

import contextlib
import random
import socket
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.parts.drift_world import CANARY, Mutation
from tests.parts.git import Repository, repository
from tests.parts.small_disk import SmallDisk

CHECKOUT, REMOTE = ("drift.checkout",), ("drift.remote",)
SYSCTL = "fs.lease-break-time"
REPOSITORIES = ("commit", "branch", "changed", "again", "untracked", "doing", "ahead", "behind", "upstream", "remote",
                "moved", "alone", "submodule", "dark")  # fmt: skip
_AT = 1_700_000_000


class Machine:
    """The things of one world on this machine."""

    def __init__(self, folder: Path, disk: SmallDisk) -> None:
        self.folder, self.disk = folder, disk
        self.shops = {name: repository(folder / "git" / name) for name in REPOSITORIES}
        self.proc = folder / "proc-root"
        self.root = folder / "root"
        self.sockets = {name: _listening(free_port()) for name in ("closed", "kept")}
        self.port = _listening(free_port())
        self.new = f"tcp/127.0.0.1:{self.port.getsockname()[1]}"
        self.port.close()
        closed = self.sockets["closed"].getsockname()[1]
        self.names = {"disk": str(disk.folder), "new": self.new, "closed": f"tcp/127.0.0.1:{closed}"}

    def agreed(self) -> None:
        """Everything as it is meant to be."""
        for shop in self.shops.values():
            shop.commit("first", at=_AT, a="one\n")
        self.shops["again"].write("a.txt", "dirty\n")
        self._conflict(self.shops["doing"])
        for name in ("ahead", "behind", "upstream", "remote", "moved"):
            far = repository(self.folder / "far" / name, "--bare")
            self.shops[name]("remote", "add", "origin", str(far.path))
            self.shops[name]("push", "-q", "-u", "origin", "main")
        self.shops["alone"]("remote", "add", "spare", "https://git.example/spare")
        self._part()
        self.boot("quiet")
        (self.proc / "sys").symlink_to("/proc/sys")
        (self.root / "etc").mkdir(parents=True)
        (self.root / "proc").symlink_to("/proc")
        self.fstab("defaults")

    def _conflict(self, shop: Repository) -> None:
        shop("checkout", "-q", "-b", "side")
        shop.commit("on the side", at=_AT, a="side\n")
        shop("checkout", "-q", "main")
        shop.commit("on main", at=_AT, a="main\n")

    def _part(self) -> None:
        part = repository(self.folder / "part")
        part.commit("one", at=_AT)
        shop = self.shops["submodule"]
        shop("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(part.path), "part")
        shop.commit("with a part", at=_AT)

    def boot(self, parameters: str) -> None:
        """What the kernel says that it was booted with, for a source that reads it there."""
        self.proc.mkdir(exist_ok=True)
        (self.proc / "cmdline").write_text(f"{parameters} root=/dev/vda\n")

    def fstab(self, options: str) -> None:
        """What is said to be mounted there."""
        line = f"{self.disk.folder.with_name('disk.img')} {self.disk.folder} ext4 {options} 0 0\n"
        (self.root / "etc/fstab").write_text(line)

    def sysctl(self, value: int) -> None:
        """Set the one setting that is changed here: how long a lease of a file may be broken."""
        Path("/proc/sys", SYSCTL.replace(".", "/")).write_text(str(value))

    def rebase(self) -> None:
        """Begin what can't be ended without a person."""
        shop = self.shops["doing"]
        shop("checkout", "-q", "side")
        with contextlib.suppress(subprocess.CalledProcessError):
            shop("rebase", "main")

    def give_up(self) -> None:
        """As it was before it."""
        self.shops["doing"]("rebase", "--abort")
        self.shops["doing"]("checkout", "-q", "main")

    def fetch(self) -> None:
        """Somebody else pushed, and it was fetched."""
        other = Repository(self.folder / "other")
        if not other.path.exists():
            self.shops["behind"]("clone", "-q", str(self.folder / "far/behind"), str(other.path))
            other.commit("by another", at=_AT)
            other("push", "-q")
        self.shops["behind"]("fetch", "-q")

    def listen(self) -> None:
        """A program that nobody agreed on, and one less."""
        self.sockets["closed"].close()
        self.port = _listening(int(self.new.rpartition(":")[2]))

    def silent(self) -> None:
        """As it was."""
        self.port.close()
        self.sockets["closed"] = _listening(int(self.names["closed"].rpartition(":")[2]))

    def end(self) -> None:
        """Close what is open."""
        for one in (*self.sockets.values(), self.port):
            one.close()

    def owns(self, path: str) -> bool:
        """Whether a path is of this world."""
        own = (self.names["disk"], self.names["new"], self.names["closed"], SYSCTL, "kernel:linux")
        return path.startswith("git:") or any(one in path for one in own)


def free_port() -> int:
    """One that nobody has, and that no client is given."""
    for port in random.sample(range(20_000, 30_000), 200):
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind(("", port))
            return port
    raise OSError("no port between 20000 and 30000 is free")


def _listening(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    made.listen()
    return made


def _git(name: str, *words: str) -> Callable[[Machine], object]:
    return lambda machine: machine.shops[name](*words)


def _writes(name: str, file: str, text: str) -> Callable[[Machine], object]:
    return lambda machine: machine.shops[name].write(file, text)


def _commits(name: str) -> Callable[[Machine], object]:
    return lambda machine: machine.shops[name].commit("second", at=_AT + 1, a="two\n")


def _moved(name: str, now: str) -> Callable[[Machine], object]:
    def move(machine: Machine) -> None:
        path = machine.shops[name].path
        (path / (".git" if now != ".git" else ".away")).rename(path / now)

    return move


GIT: Sequence[Mutation] = (
    Mutation("another commit", {"changed git:commit#commit": CHECKOUT}, _commits("commit")),
    Mutation("another branch", {"changed git:branch#branch": CHECKOUT}, _git("branch", "checkout", "-q", "-B", "fix")),
    Mutation("a file that is not committed", {"changed git:changed#changed_files": CHECKOUT,
                                              "added git:changed#changes": CHECKOUT},
             _writes("changed", "a.txt", "x\n")),
    Mutation("a file that is changed again", {"changed git:again#changes": CHECKOUT}, _writes("again", "a.txt", "x\n"),
             _writes("again", "a.txt", "dirty\n"),
             refused={"drift.checkout": "was not clean when the baseline was captured"}),
    Mutation("a file that git does not know", {"changed git:untracked#untracked_files": CHECKOUT},
             _writes("untracked", "b.txt", "x\n")),
    Mutation("a rebase that is half done",
             {"changed git:doing#doing": (), "changed git:doing#branch": CHECKOUT, "added git:doing#changes": CHECKOUT,
              "changed git:doing#changed_files": CHECKOUT},
             Machine.rebase, Machine.give_up,
             refused={"drift.checkout": "is in the middle of a rebase"}),
    Mutation("a commit that is not pushed", {"changed git:ahead#commit": CHECKOUT, "changed git:ahead#ahead": ()},
             _commits("ahead")),
    Mutation("a commit of another that is not there yet", {"changed git:behind#behind": ()}, Machine.fetch,
             _git("behind", "update-ref", "refs/remotes/origin/main", "HEAD")),
    Mutation("no upstream", {f"removed git:upstream#{fact}": REMOTE for fact in ("ahead", "behind", "upstream")},
             _git("upstream", "branch", "--unset-upstream")),
    Mutation("another remote", {"added git:remote#remote.other": REMOTE},
             _git("remote", "remote", "add", "other", f"https://ann:{CANARY}@git.example/x")),
    Mutation("another address of a remote", {"changed git:moved#remote.origin": REMOTE},
             _git("moved", "remote", "set-url", "origin", "https://git.example/other")),
    Mutation("a remote that is gone", {"removed git:alone#remote.spare": REMOTE},
             _git("alone", "remote", "remove", "spare")),
    Mutation("a submodule at another commit",
             {"changed git:submodule#submodule.part": REMOTE, "changed git:submodule#changed_files": CHECKOUT,
              "added git:submodule#changes": CHECKOUT},
             lambda machine: Repository(machine.shops["submodule"].path / "part").commit("two", at=_AT),
             refused={"drift.checkout": "which no stash takes back"}),
    Mutation("a repository that is none any more", {"unreadable git:dark": ()}, _moved("dark", ".away"),
             _moved("dark", ".git")),
)  # fmt: skip
SYSTEM: Sequence[Mutation] = (
    Mutation("a setting of the kernel", {f"changed kernel:{SYSCTL}#value": ("drift.sysctl",)},
             lambda machine: machine.sysctl(44)),
    Mutation("how the kernel was booted", {"changed kernel:linux#boot_parameters": ()},
             lambda machine: machine.boot("debug"), lambda machine: machine.boot("quiet")),
    Mutation("the options of a mount", {"changed mounts:{disk}#mounted": ("drift.mount",)},
             lambda machine: machine.disk.read_only()),
    Mutation("a line of fstab", {"changed mounts:{disk}#fstab": ()}, lambda machine: machine.fstab("noatime"),
             lambda machine: machine.fstab("defaults")),
    Mutation("ports that are listened on", {"added listening:{new}": (), "removed listening:{closed}": ()},
             Machine.listen, Machine.silent),
)  # fmt: skip
MUTATIONS = (*GIT, *SYSTEM)
