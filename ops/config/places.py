"""Says on which host the rows of a target are, where its url tells: rows of one machine are all called alike."""

from collections.abc import Iterable, Iterator

import msgspec

from collectors.ssh.address import host_of, parse_ssh_url
from ops.config.structs import TargetSpec


def placed(targets: Iterable[TargetSpec]) -> Iterator[TargetSpec]:
    """Give what is read over ssh:// the name of the `[[host]]` of the same machine, where there is one."""
    every = tuple(targets)
    names = {_machine(spec): spec.config.runs_on for spec in every if spec.id.startswith("host:")}
    for spec in every:
        machine = _machine(spec)
        if machine and machine in names and spec.config.runs_on == machine[0]:
            config = msgspec.structs.replace(spec.config, runs_on=names[machine])
            yield msgspec.structs.replace(spec, config=config)
        else:
            yield spec


def _machine(spec: TargetSpec) -> tuple[str, int] | None:
    """The host and port that a target is read over, by whichever user; None where it is not read over SSH."""
    url = getattr(spec.config, "url", "")
    if not host_of(url):
        return None
    address, _ = parse_ssh_url(url)
    return address.host, address.port
