"""Images, networks, volumes and compose files that are changed for real."""

import io
import shutil
import tarfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.parts.containers import remove_left
from tests.parts.docker import LABEL, Box
from tests.parts.drift_world import Mutation
from tests.parts.image_registry import Registry
from tests.parts.scripted_programs import program

ANEW, AWAY, RETAG = ("drift.network",), ("drift.remove",), ("drift.retag",)
_MTU = "com.docker.network.driver.mtu"
_COMPOSE: Mapping[str, tuple[str, str]] = {
    "image": ('"shop:1"', '"shop:2"'),
    "user": ('"1000"', '"1001"'),
    "working_dir": ("/tmp", "/bin"),
    "hostname": ("one", "two"),
    "network_mode": ("none", "bridge"),
    "container_name": ("one", "two"),
    "command": ('["true"]', '["false"]'),
    "entrypoint": ('["/bin/sh"]', '["/bin/busybox"]'),
    "privileged": ("false", "true"),
    "read_only": ("false", "true"),
    "restart": ('"no"', "always"),
    "mem_limit": ("64m", "128m"),
    "ports": ('["80"]', '["81"]'),
    "volumes": ('["/a"]', '["/b"]'),
    "networks": ("[one]", "[two]"),
    "cap_add": ("[NET_ADMIN]", "[SYS_TIME]"),
    "cap_drop": ("[NET_RAW]", "[CHOWN]"),
    "depends_on": ("[first]", "[second]"),
    "labels": ('{release: "1"}', '{release: "2"}'),
    "environment": ("{MODE: fast}", "{MODE: slow}"),
}
"""What each of its services says of one thing, before and then. None of them runs: each has a scale of 0."""
_FACTS: Mapping[str, str] = {"mem_limit": "limits.memory_bytes", "labels": "labels.release", "environment": "env.MODE"}


class Yard:
    """The things of one world on an engine."""

    def __init__(self, box: Box, folder: Path, registry: Registry) -> None:
        self.box, self.client, self.registry = box, box.engine.client, registry
        self.file = folder / "compose.yaml"
        self.names = {"p": box.prefix, "registry": registry.name, "file": str(self.file)}

    def name(self, short: str) -> str:
        """The whole name of a thing."""
        return f"{self.box.prefix}-{short}"

    def owns(self, path: str) -> bool:
        """Whether a path is of this world."""
        return any(sign in path for sign in (self.box.prefix, self.registry.name, str(self.file)))

    def agreed(self) -> None:
        """Everything as it is meant to be."""
        for name in NETWORKS:
            self.network(name)
        for name in VOLUMES:
            self.volume(name)
        for name in ("web", "gone"):
            self.image(name, b"1")
            self.client.images.get(self.image_name(name)).tag(self.image_name(f"{name}-kept"))
        self.pull(b"1")
        self.compose({})
        self.up()

    def network(self, short: str, **other: Any) -> None:
        """Make a network, in the place of the one that is there."""
        self.remove_network(short)
        options = {"driver": "bridge", "labels": LABEL | {"release": "1"}, "options": {_MTU: "1400"}}
        self.client.networks.create(self.name(short), **(options | other))

    def remove_network(self, short: str) -> None:
        """Take it away."""
        for one in self.client.networks.list(names=[self.name(short)]):
            if one.name == self.name(short):
                one.remove()

    def volume(self, short: str, **other: Any) -> None:
        """Make a volume, in the place of the one that is there."""
        self.remove_volume(short)
        options = {
            "labels": LABEL | {"release": "1"},
            "driver_opts": {"type": "tmpfs", "device": "tmpfs", "o": "size=1m"},
        }
        self.client.volumes.create(self.name(short), **(options | other))

    def remove_volume(self, short: str) -> None:
        """Take it away."""
        from docker.errors import NotFound

        with suppress(NotFound):
            self.client.volumes.get(self.name(short)).remove(force=True)

    def image_name(self, short: str) -> str:
        """An image's name with its tag."""
        return f"wf-test/{self.name(short)}:1"

    def image(self, short: str, content: bytes) -> None:
        """Let a name stand for an image with this content."""
        self.client.api.import_image_from_data(archive(content), repository=self.image_name(short)[:-2], tag="1")

    def remove_image(self, short: str) -> None:
        """Take a name away."""
        self.client.images.remove(self.image_name(short), force=True)

    def pull(self, mark: bytes) -> None:
        """Let the registry have another image under its one name, and pull it."""
        self.registry.put("1", config={}, mark=self.box.prefix.encode() + mark)
        self.client.images.pull(self.registry.name, tag="1")

    def compose(self, now: Mapping[str, str]) -> None:
        """Write the file; `now` is what its services say otherwise."""
        lines = [f"name: {self.box.prefix}", "services:", *self._runs()]
        for key, (before, _) in _COMPOSE.items():
            image = [] if key == "image" else ["    image: shop:1"]
            lines += [f"  on-{key.replace('_', '-')}:", *image, "    scale: 0", f"    {key}: {now.get(key, before)}"]
        self.file.write_text("\n".join(lines) + "\n")

    def _runs(self) -> Sequence[str]:
        image = f"    image: {self.box.engine.image}"
        lines = ['command: ["sleep", "1000"]', "network_mode: none", "labels: {watchfloor.test: '1'}"]
        return ("  runs:", image, *(f"    {line}" for line in (*lines, "stop_grace_period: 0s")))

    def up(self) -> None:
        """Let the one service that runs do so, as Compose would."""
        own = {"com.docker.compose.project": self.box.prefix, "com.docker.compose.service": "runs",
               "com.docker.compose.oneoff": "False", "com.docker.compose.container-number": "1"}  # fmt: skip
        self.client.containers.run(
            self.box.engine.image, ["sleep", "1000"], name=self.name("runs-1"), network_mode="none",
            labels=LABEL | own, detach=True,
        )  # fmt: skip

    def down(self) -> None:
        """It ends."""
        self.client.containers.get(self.name("runs-1")).kill()

    def program(self) -> Path:
        """A folder with a `docker` whose `compose up` starts what has ended, for machines without Compose's plugin."""
        folder = self.file.parent / "bin"
        folder.mkdir()
        start = f"exec {shutil.which('docker')} start {self.name('runs-1')}"
        program(folder, "docker", f'case "$*" in *version*) ;; *) {start} ;; esac')
        return folder

    def remove_all(self) -> None:
        """Whatever is left."""
        remove_left(self.box)
        for network in self.client.networks.list(names=[self.box.prefix]):
            network.remove()
        for name in (*VOLUMES, "extra"):
            self.remove_volume(name)
        for image in self.client.api.images():
            for tag in (*(image["RepoTags"] or ()), *(image["RepoDigests"] or ())):
                if self.box.prefix in tag or self.registry.name in tag:
                    with suppress_missing():
                        self.client.images.remove(tag, force=True)


def suppress_missing() -> Any:
    """What is gone already is no fault."""
    from docker.errors import ImageNotFound

    return suppress(ImageNotFound)


def archive(content: bytes) -> bytes:
    """A root file system with one small file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("mark")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _network(name: str, told: str, **other: Any) -> Mutation:
    kind, _, fact = told.partition(" ")
    path = f"{kind} networks:local/{{p}}-{name}#{fact}"
    return Mutation(f"{fact} of a network", {path: ANEW}, lambda yard: yard.network(name, **other))


def _volume(name: str, told: str, **other: Any) -> Mutation:
    kind, _, fact = told.partition(" ")

    def undo(yard: Yard) -> None:
        yard.volume(name)

    path = f"{kind} volumes:local/{{p}}-{name}#{fact}"
    return Mutation(f"{fact} of a volume", {path: ()}, lambda yard: yard.volume(name, **other), undo)


def _ipam(subnet: str) -> Callable[[Yard], object]:
    from docker.types import IPAMConfig, IPAMPool

    return lambda yard: yard.network("subnet", ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=subnet)]))


def _whole(kind: str, source: str, item: str, fixes: Sequence[str], change: Callable[[Yard], object]) -> Mutation:
    words = "that is gone" if kind == "removed" else "that nobody agreed on"
    return Mutation(f"one of the {source} {words}", {f"{kind} {source}:local/{item}": fixes}, change)


def _line(key: str) -> tuple[str, str]:
    """What a change of one service shows, by the source's own words for it."""
    kind = "added" if _COMPOSE[key][0] == "false" else "changed"
    return kind, f"compose:{{file}}/on-{key.replace('_', '-')}#{_FACTS.get(key, key)}"


def _all_lines(yard: Yard) -> None:
    yard.compose({key: after for key, (_, after) in _COMPOSE.items()})


NETWORKS = ("internal", "attachable", "option", "label", "subnet", "gone")
VOLUMES = ("option", "label", "gone")
MUTATIONS: Sequence[Mutation] = (
    _network("internal", "added internal", internal=True),
    _network("attachable", "added attachable", attachable=True),
    _network("option", f"changed options.{_MTU}", options={_MTU: "1300"}),
    _network("label", "changed labels.release", labels=LABEL | {"release": "2"}),
    Mutation("the subnet of a network", {"added networks:local/{p}-subnet#ipam.subnets": ANEW},
             _ipam("10.213.77.0/24")),
    _whole("removed", "networks", "{p}-gone", ANEW, lambda yard: yard.remove_network("gone")),
    _whole("added", "networks", "{p}-extra", AWAY, lambda yard: yard.network("extra")),
    _volume("option", "changed options.o", driver_opts={"type": "tmpfs", "device": "tmpfs", "o": "size=2m"}),
    _volume("label", "changed labels.release", labels=LABEL | {"release": "2"}),
    _whole("removed", "volumes", "{p}-gone", ("drift.volume",), lambda yard: yard.remove_volume("gone")),
    _whole("added", "volumes", "{p}-extra", AWAY, lambda yard: yard.volume("extra")),
    Mutation("the image that a name stands for", {"changed images:local/wf-test/{p}-web:1#digest": RETAG},
             lambda yard: yard.image("web", b"2")),
    Mutation("a name of an image that a registry has otherwise by now",
             {"changed images:local/{registry}:1#digest": RETAG, "changed images:local/{registry}:1#pulled_as": RETAG},
             lambda yard: yard.pull(b"2")),
    _whole("removed", "images", "wf-test/{p}-gone:1", RETAG, lambda yard: yard.remove_image("gone")),
    _whole("added", "images", "wf-test/{p}-extra:1", AWAY, lambda yard: yard.image("extra", b"3")),
    Mutation("what services of a compose file ask for", {" ".join(_line(key)): () for key in _COMPOSE}, _all_lines,
             lambda yard: yard.compose({})),
    Mutation("a service that does not run as its file says",
             {"changed compose:{file}/runs#up_would": ("drift.compose-up",)}, lambda yard: yard.down()),
)  # fmt: skip
