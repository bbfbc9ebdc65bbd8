"""Files of this host that are changed for real: texts, rights, links, environment files, certificates, crontabs."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from tests.parts.certificates import Issuer, authority, certify
from tests.parts.drift_world import CANARY, Mutation

BACK, MODE, AWAY = ("drift.restore-file",), ("drift.mode",), ("drift.take-away",)
VARIABLE = "WF_DRIFT_MODE"
_TEXT = "workers = 4\nname = für\n"
_ENV = f"MODE={CANARY}\nOLD={CANARY}-1\n"
Change = Callable[[Path], object]


class Tree:
    """The files of one world."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.etc, self.env, self.root = folder, folder / "etc", folder / "env", folder / "root"
        self.names = {"etc": str(self.etc), "env": str(self.env), "root": str(self.root)}
        self.authority: Issuer = authority()
        self.names_certificate = certify(["shop.example"], by=self.authority)

    def path(self, name: str) -> Path:
        """A file by its name in braces: "{etc}/a"."""
        return Path(name.format_map(self.names))

    def agreed(self) -> None:
        """Everything as it is meant to be."""
        for name in (
            "etc",
            "env",
            "root/etc/cron.d",
            "root/var/spool/cron/crontabs",
            "root/home/ann/.ssh",
            "root/etc/sudoers.d",
        ):
            (self.folder / name).mkdir(parents=True)
        for name in TEXTS:
            self.write(name, _TEXT)
        for name in (*ENVS, "{etc}/sealed.key"):
            self.write(name, _ENV)
        self.write("{etc}/blob", b"\x00\x01")
        self.write("{etc}/masked", f"host = db\npassword = {CANARY}\n")
        self.write("{etc}/large", b"")
        os.truncate(self.path("{etc}/large"), 300 * 2**20)
        for name in ("leads", "led"):
            self.path(f"{{etc}}/{name}").symlink_to("text")
        for name in ("empty", "vanishes"):
            self.path(f"{{etc}}/{name}").mkdir()
        for name in CERTIFICATES:
            self.certificate(name, self.names_certificate)
        self.write("{root}/etc/passwd", "ann:x:2000:1000::/home/ann:/bin/sh\n")
        self.write("{root}/etc/group", "staff:x:1000:\n")

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file, as somebody else than watchfloor would; one that is new has the mode 0644."""
        path = self.path(name)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def certificate(self, name: str, *chain: Issuer) -> None:
        """Write certificates, one after the other."""
        blocks = [one.certificate.public_bytes(Encoding.PEM) for one in chain]
        self.path(f"{{env}}/{name}.pem").write_bytes(b"".join(blocks))


TEXTS = ("{etc}/text", "{etc}/binary", "{etc}/mode", "{etc}/owner", "{etc}/group", "{etc}/gone", "{etc}/kind",
         "{root}/etc/crontab", "{root}/etc/cron.d/backup", "{root}/var/spool/cron/crontabs/ann",
         "{root}/etc/sudoers", "{root}/home/ann/.ssh/authorized_keys")  # fmt: skip
ENVS = ("{env}/one.env", "{env}/more.env", "{env}/less.env", "{env}/mode.env", "{env}/owner.env", "{env}/gone.env")
CERTIFICATES = ("renewed", "names", "subject", "issuer", "chained", "gone")


def toml_of(tree: Tree) -> str:
    """A `[[drift]]` of them all, and of nothing else."""
    said = {
        "only": ["certificates", "cron", "env_files", "environment", "files", "users"],
        "files": [f"{tree.etc}/*"],
        "env_files": [f"{tree.env}/*.env"],
        "environment": [VARIABLE],
        "certificates": [f"{tree.env}/*.pem"],
    }
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in said.items())
    return f'[[drift]]\nname = "here"\n{lines}\n'


def _file(says: str, told: str, fixes: Sequence[str], change: Callable[[Tree], object], **more: Any) -> Mutation:
    return Mutation(says, {told: fixes}, change, **more)


def _written(name: str, content: str | bytes) -> Callable[[Tree], None]:
    return lambda tree: tree.write(name, content)


def _on(name: str, change: Change) -> Callable[[Tree], object]:
    return lambda tree: change(tree.path(name))


def _mode(name: str, mode: int) -> Callable[[Tree], None]:
    return lambda tree: tree.path(name).chmod(mode)


def _given(name: str, user: int, group: int) -> Callable[[Tree], None]:
    return lambda tree: os.chown(tree.path(name), user, group)


def _linked_away(path: Path) -> None:
    path.symlink_to("/etc/shadow")


def _relink(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hosts")


def _linked(tree: Tree) -> None:
    _relink(tree.path("{etc}/kind"))


def _plain(tree: Tree) -> None:
    tree.path("{etc}/kind").unlink()
    tree.write("{etc}/kind", _TEXT)


def _touched(name: str) -> Callable[[Tree], None]:
    return lambda tree: tree.write(name, _ENV)


FILES: Sequence[Mutation] = (
    _file("a text", "changed files:{etc}/text#text", BACK, _written("{etc}/text", "workers = 9\n")),
    Mutation("a text that is no text any more",
             {"removed files:{etc}/binary#text": BACK, "added files:{etc}/binary#sha256": BACK},
             _written("{etc}/binary", b"\x1b\0")),
    _file("what is in a binary file", "changed files:{etc}/blob#sha256", (), _written("{etc}/blob", b"\x00\x02"),
          undo=_written("{etc}/blob", b"\x00\x01")),
    _file("what is in a secret file", "changed files:{etc}/sealed.key#content", (),
          _written("{etc}/sealed.key", f"B={CANARY}\n"),
          undo=_touched("{etc}/sealed.key")),
    _file("a password in a text", "changed files:{etc}/masked#hidden", (),
          _written("{etc}/masked", f"host = db\npassword = {CANARY}-2\n"),
          undo=_written("{etc}/masked", f"host = db\npassword = {CANARY}\n")),
    _file("how long a very large file is", "changed files:{etc}/large#size_bytes", (),
          _on("{etc}/large", lambda path: os.truncate(path, 301 * 2**20)),
          undo=_on("{etc}/large", lambda path: os.truncate(path, 300 * 2**20))),
    _file("the mode of a file", "changed files:{etc}/mode#mode", MODE, _mode("{etc}/mode", 0o666)),
    _file("the mode of a folder", "changed files:{etc}/empty#mode", MODE, _mode("{etc}/empty", 0o700)),
    _file("the owner of a file", "changed files:{etc}/owner#owner", MODE, _given("{etc}/owner", 1, -1)),
    _file("the group of a file", "changed files:{etc}/group#group", MODE, _given("{etc}/group", -1, 1)),
    _file("where a link leads", "changed files:{etc}/leads#target", BACK, _on("{etc}/leads", _relink)),
    _file("a file that is gone", "removed files:{etc}/gone", BACK, _on("{etc}/gone", Path.unlink)),
    _file("a link that is gone", "removed files:{etc}/led", BACK, _on("{etc}/led", Path.unlink)),
    _file("a folder that is gone", "removed files:{etc}/vanishes", BACK, _on("{etc}/vanishes", Path.rmdir)),
    _file("a file that nobody agreed on", "added files:{etc}/new", AWAY, _written("{etc}/new", "new\n")),
    _file("a link that nobody agreed on", "added files:{etc}/way", AWAY, _on("{etc}/way", _linked_away)),
    _file("a folder that nobody agreed on", "added files:{etc}/nest", AWAY, _on("{etc}/nest", Path.mkdir)),
    Mutation("a link in the place of a file",
             {"changed files:{etc}/kind#kind": (), "removed files:{etc}/kind#text": BACK,
              "removed files:{etc}/kind#mode": (), "added files:{etc}/kind#target": BACK}, _linked, _plain,
             refused={"drift.restore-file": "is a link, not a file as agreed"}),
)  # fmt: skip
ENVIRONMENTS: Sequence[Mutation] = (
    _file("a value of an environment file", "changed env_files:{env}/one.env#env.MODE", (),
          _written("{env}/one.env", _ENV.replace("MODE=", "MODE=x")), undo=_touched("{env}/one.env")),
    _file("a name more in an environment file", "added env_files:{env}/more.env#env.NEW", (),
          _written("{env}/more.env", f"{_ENV}NEW={CANARY}\n"), undo=_touched("{env}/more.env")),
    _file("a name less in an environment file", "removed env_files:{env}/less.env#env.OLD", (),
          _written("{env}/less.env", f"MODE={CANARY}\n"), undo=_touched("{env}/less.env")),
    _file("the mode of an environment file", "changed env_files:{env}/mode.env#mode", MODE,
          _mode("{env}/mode.env", 0o666)),
    _file("the owner of an environment file", "changed env_files:{env}/owner.env#owner", MODE,
          _given("{env}/owner.env", 1, -1)),
    _file("an environment file that is gone", "removed env_files:{env}/gone.env", (),
          _on("{env}/gone.env", Path.unlink),
          undo=_touched("{env}/gone.env")),
    _file("an environment file that nobody agreed on", "added env_files:{env}/new.env", (), _touched("{env}/new.env"),
          undo=_on("{env}/new.env", Path.unlink)),
    _file("a variable of the environment", f"changed environment:{VARIABLE}#value", (),
          lambda tree: os.environ.update({VARIABLE: f"{CANARY}-2"}),
          undo=lambda tree: os.environ.update({VARIABLE: CANARY})),
)  # fmt: skip


def _certificate(name: str, facts: Sequence[str], make: Callable[[Tree], Sequence[Issuer]]) -> Mutation:
    told = {f"{'added' if 'chain' in fact else 'changed'} certificates:{{env}}/{name}.pem#{fact}": () for fact in facts}
    return Mutation(
        f"a certificate with other {' and '.join(facts)}", told,
        lambda tree: tree.certificate(name, *make(tree)),
        lambda tree: tree.certificate(name, tree.names_certificate),
    )  # fmt: skip


def _shop(by: Issuer, **other: Any) -> Issuer:
    return certify(["shop.example"], by=by, **other)


SECURITY: Sequence[Mutation] = (
    _certificate("names", ["names", "sha256"], lambda tree: [_named(tree.authority)]),
    _certificate("renewed", ["ends", "sha256", "starts"], lambda tree: [_shop(tree.authority, days=200, age_days=1)]),
    _certificate("subject", ["names", "sha256", "subject"], lambda tree: [certify(["b.example"], by=tree.authority)]),
    _certificate("issuer", ["issuer", "sha256"], lambda _: [_shop(authority("Another"))]),
    _certificate("chained", ["chain", "chain_sha256"], lambda tree: [tree.names_certificate, tree.authority]),
    _file("a certificate that is gone", "removed certificates:{env}/gone.pem", (), _on("{env}/gone.pem", Path.unlink),
          undo=lambda tree: tree.certificate("gone", tree.names_certificate)),
)  # fmt: skip


def _named(by: Issuer) -> Issuer:
    return certify(["shop.example", "www.shop.example"], by=by)


def _table(says: str, source: str, name: str) -> Sequence[Mutation]:
    """The same of a file that another source reads."""
    path = f"{{root}}/{name}"
    new = f"{path.rpartition('/')[0]}/new"
    found = [
        _file(f"a line of {says}", f"changed {source}:{path}#text", BACK, _written(path, "other\n")),
    ]
    if name.endswith("/backup"):
        found.append(_file(f"one more of {says}", f"added {source}:{new}", AWAY, _written(new, "x\n")))
    return found


TABLES: Sequence[Mutation] = (
    *_table("the system's crontab", "cron", "etc/crontab"),
    *_table("the tables of packages", "cron", "etc/cron.d/backup"),
    *_table("a user's crontab", "cron", "var/spool/cron/crontabs/ann"),
    *_table("sudoers", "users", "etc/sudoers"),
    *_table("the keys that open an account", "users", "home/ann/.ssh/authorized_keys"),
    _file(
        "a file more in sudoers.d",
        "added users:{root}/etc/sudoers.d/new",
        AWAY,
        _written("{root}/etc/sudoers.d/new", "x\n"),
    ),
)
MUTATIONS = (*FILES, *ENVIRONMENTS, *SECURITY, *TABLES)
