"""A real dpkg and apt over a root of their own, with packages that a test makes: nothing of this machine is touched."""

import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

from tests.parts.scripted_programs import program

_FOLDERS = (
    "root/var/lib/dpkg/updates", "root/var/lib/dpkg/info", "root/var/lib/dpkg/triggers", "root/etc", "pool", "programs",
    "state/lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d", "etc/sources.list.d", "log",
)  # fmt: skip


class OwnApt:
    """Its programs stand in `programs`: whoever has that first on PATH uses this root."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.programs = folder / "programs"
        for name in _FOLDERS:
            (folder / name).mkdir(parents=True)
        (folder / "root/var/lib/dpkg/status").touch()
        (folder / "root/var/lib/dpkg/available").touch()
        (folder / "etc/sources.list").write_text(f"deb [trusted=yes] file:{folder}/pool ./\n")
        root = f"--root={folder}/root"
        (folder / "apt.conf").write_text(
            f'Dir::State "{folder}/state";\nDir::State::status "{folder}/root/var/lib/dpkg/status";\n'
            f'Dir::Cache "{folder}/cache";\nDir::Etc "{folder}/etc";\nDir::Log "{folder}/log";\n'
            f'DPkg::Options {{ "{root}"; "--force-not-root"; "--force-bad-path"; }};\n'
            f'DPkg::Path "{os.environ["PATH"]}";\n'
            'APT::Sandbox::User "root";\nAPT::Get::Assume-Yes "true";\nDPkg::Post-Invoke {};\n'
        )
        for name in ("apt-get", "apt-mark"):
            script = f'APT_CONFIG={folder}/apt.conf exec {shutil.which(name)} "$@"'
            program(self.programs, name, script)
        program(self.programs, "dpkg-query", f'exec {shutil.which("dpkg-query")} {root} "$@"')

    def publish(self, name: str, version: str, *, depends: str = "") -> None:
        """Make a package with one file, and let apt know of it."""
        tree = self._folder / "build" / f"{name}-{version}"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "usr/share").mkdir(parents=True)
        (tree / "usr/share" / name).write_text(version)
        needs = f"Depends: {depends}\n" if depends else ""
        (tree / "DEBIAN/control").write_text(
            f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: Ada <ada@shop.example>\n"
            f"{needs}Description: a test\n"
        )
        deb = self._folder / "pool" / f"{name}_{version}_all.deb"
        _run("dpkg-deb", "--build", "--root-owner-group", str(tree), str(deb))
        self._index()
        self.get("update")

    def get(self, *words: str) -> str:
        """apt-get, as a person at this root would type it."""
        allow = ("--allow-downgrades",) if words[0] == "install" else ()
        return _run(str(self.programs / "apt-get"), *words[:1], *allow, *words[1:])

    def installed(self) -> str:
        """What dpkg has there."""
        return _run(str(self.programs / "dpkg-query"), "--show")

    def _index(self) -> None:
        entries = []
        for deb in sorted((self._folder / "pool").glob("*.deb")):
            control = _run("dpkg-deb", "--field", str(deb)).strip()
            content = deb.read_bytes()
            where = f"Filename: ./{deb.name}\nSize: {len(content)}\nSHA256: {sha256(content).hexdigest()}"
            entries.append(f"{control}\n{where}\n")
        (self._folder / "pool/Packages").write_text("\n".join(entries))


def _run(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
    return done.stdout
