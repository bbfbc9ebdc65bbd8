"""What a config says about fixes: remedies of one's own, scaling, policy and its brakes, and who may do what."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from collectors.units import Duration
from ops.config.quantity import Quantity


class FixWhen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`when = { service = "api", state = "down" }`: the rows and states that a fix is for."""

    row: str = ""
    """Glob over row ids …"""
    service: str = ""
    """… or the name of a service."""
    state: str = ""
    """The row's word, such as "down" or "unhealthy"; "" means any that is not ok."""
    level: Literal["", "warning", "critical"] = ""
    """At least this level."""


class FixParam(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A parameter of a command or hook of one's own: `params.name = { pattern = "[a-z]+" }`, used as "{name}"."""

    title: str = ""
    default: str = ""
    pattern: str = ""
    """A regular expression that the whole value must match; without it and `choices`: letters, digits, "._-" only."""
    choices: tuple[str, ...] = ()


class FixRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`run = { kind = "container.restart", container = "shop-api-1" }`: the action and what it acts on."""

    kind: str
    """Name of an action; "command" and "http.hook" are one's own."""
    row: str = ""
    """Id of the row that it acts on; "" means the row that it was chosen on."""
    container: str = ""
    """The name of a container, in place of `row`."""
    set: Mapping[str, str | int | float] = {}
    """Parameters of the action: `set = { count = 3 }`."""
    argv: tuple[str, ...] = ()
    """Of "command": program and arguments; "{name}" stands for a parameter, inside one argument."""
    folder: str = ""
    url: str = ""
    """Of "http.hook"."""
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    body: str = ""
    headers: Mapping[str, str] = {}
    headers_env: Mapping[str, str] = {}
    """Headers whose values are in environment variables."""
    params: Mapping[str, FixParam] = {}
    timeout: Duration = Duration(300)


class FixVerify(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`verify = { service = "api", within = "60s" }`: whose checks prove it, and how soon."""

    row: str = ""
    service: str = ""
    within: Duration = Duration(60)


class FixAuto(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`auto = { after = 3, max_per_hour = 3 }`: when it is due without a person."""

    mode: Literal["act", "propose"] = "act"
    after: int = 3
    """Readings in a row in which the row was as `when` says, since the last try."""
    grace: Duration = Duration(30)
    """After a try, and after the floor's own start, nothing is counted for so long."""
    cooldown: Duration = Duration(300)
    """At least so long between two tries on one row."""
    max_per_hour: int = 3
    """Tries on one row within an hour, those of people included; at most three in ten minutes whatever this says."""
    hours: str = ""
    """Only then: "22:00-06:00", in `time_zone`; several with commas."""
    time_zone: str = "UTC"


class Fix(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[fix]]`: a remedy that someone has thought of before: first in the menu, and the only one that policy takes."""

    name: str
    when: FixWhen
    run: FixRun
    verify: FixVerify = FixVerify()
    auto: FixAuto | None = None
    interrupts: Duration | None = None
    """How long users are expected to notice."""
    loses: bool | None = None
    """Whether something can't be brought back then: the target's name must be typed, and policy never takes it.

    Not said: as the action itself says. `false` is the word of whoever wrote the config that what goes is disposable.
    """
    about: str = ""
    """What it does, for the menu."""


class ScaleWhen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One condition of a scaling rule: a figure of a row, over or under a limit, for some time."""

    metric: str
    """Kind and fact: "container.cpu_percent"; the mean over the rows that match."""
    row: str = "*"
    """Glob over row ids; "*" means those that are scaled where the figure is of their kind, else all of that kind."""
    over: Quantity | None = None
    under: Quantity | None = None


class Scale(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[scale]]`: more when any of `up` stands for `up_for`, fewer when all of `down` stand for `down_for`."""

    name: str
    row: str
    """Glob over what is scaled: containers of a Compose service (any of them means all of it), a Swarm service."""
    kind: str = "compose.scale"
    up: tuple[ScaleWhen, ...]
    up_for: Duration = Duration(120)
    factor: float = 2.0
    """How many times as many, rounded up (S2: 2x)."""
    down: tuple[ScaleWhen, ...] = ()
    down_for: Duration = Duration(1800)
    """S4: calm for 30 minutes."""
    step: int = 1
    """How many fewer at once."""
    least: int = 1
    most: int = 10
    cooldown: Duration = Duration(300)
    mode: Literal["act", "propose"] = "act"


class Auto(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[auto]`: whether policy acts at all, and the brakes over all of it."""

    enabled: bool = False
    """Off unless this or `--auto` says so."""
    max_per_hour: int = 6
    """Tries of policy over all rows."""
    storm: int = 3
    """With more targets failing at once than this it only proposes."""
    give_up_after: int = 2
    """Tries on a row in a row that were not verified; then it is left to people until it was well by itself."""


class Right(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[right]]`: who may do what. Deny beats allow; without any "allow" all is allowed that is not denied."""

    effect: Literal["allow", "deny"] = "allow"
    users: tuple[str, ...] = ("*",)
    """Names, as globs; "policy" is what acts without a person."""
    groups: tuple[str, ...] = ()
    """Names of groups, as globs; a person in any of them is meant too. Without `users`, only they are."""
    environments: tuple[str, ...] = ("*",)
    actions: tuple[str, ...] = ("*",)
    """Names of actions, as globs: "container.*"."""
    rows: tuple[str, ...] = ("*",)
