"""Fixes, scaling, policy and rights in a config: what is right becomes structs, every mistake is told with a remedy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.units import Duration
from ops.config.decode import decode
from ops.config.fixes import PLACEHOLDER
from ops.config.fixing import Auto, FixParam
from ops.config.quantity import Quantity
from tests.parts.mistakes import SERVICE, mistakes

RIGHT = f"""{SERVICE}
[[docker]]
name = "local"

[[fix]]
name = "restart api"
when = {{ service = "api", state = "down" }}
run = {{ kind = "command", argv = ["systemctl", "restart", "api@{{zone}}"], params = {{ zone = {{ default = "a" }} }} }}
verify = {{ service = "api", within = "90s" }}
auto = {{ after = 2, max_per_hour = 2, hours = "22:00-06:00", time_zone = "Europe/Berlin", mode = "propose" }}
interrupts = "5s"
about = "starts it anew"

[[fix]]
name = "tell"
when = {{ row = "container:*/web-*", level = "critical" }}
run = {{ kind = "http.hook", url = "https://hooks.example.com/x?n={{n}}", params.n = {{ pattern = "[0-9]+" }} }}

[[scale]]
name = "workers"
row = "container:local/*worker*"
up = [
  {{ metric = "container.cpu_percent", row = "container:local/*worker*", over = 80 }},
  {{ metric = "container.memory_percent", row = "container:local/*worker*", over = 85 }},
]
down = [
  {{ metric = "container.cpu_percent", row = "container:local/*worker*", under = 40 }},
  {{ metric = "container.memory_percent", row = "container:local/*worker*", under = 50 }},
]
down_for = "30m"
least = 2
most = 8

[auto]
enabled = true
storm = 4

[[right]]
effect = "deny"
groups = ["interns"]
environments = ["production"]
actions = ["container.*"]
"""


def test_everything_that_can_be_said_is_read() -> None:
    config = decode(RIGHT, "f.toml").config
    restart, tell = config.fixes
    assert restart.auto is not None
    assert (restart.auto.after, restart.auto.mode, restart.auto.hours) == (2, "propose", "22:00-06:00")
    assert restart.run.argv == ("systemctl", "restart", "api@{zone}")
    assert restart.run.params == {"zone": FixParam(default="a")}
    assert (restart.verify.service, restart.verify.within, restart.interrupts) == ("api", Duration(90), Duration(5))
    assert tell.run.params["n"].pattern == "[0-9]+"
    assert tell.auto is None, "only a person takes it"
    (scale,) = config.scales
    assert [when.over for when in scale.up] == [Quantity(80), Quantity(85)]
    assert (scale.down_for, scale.factor, scale.least, scale.most) == (Duration(1800), 2, 2, 8)
    assert config.auto == Auto(enabled=True, storm=4)
    assert (config.rights[0].effect, config.rights[0].groups) == ("deny", ("interns",))


def test_a_config_without_fixes_has_none() -> None:
    config = decode(SERVICE, "f.toml").config
    assert (config.fixes, config.scales, config.auto, config.rights) == ((), (), Auto(), ())


def fix(run: str = 'kind = "command", argv = ["true"]', *more: str, when: str = 'service = "api"') -> str:
    """A config with one fix: its `when` is line 6, its `run` 7, the rest begins in 8."""
    return "\n".join([f'{SERVICE}[[fix]]\nname = "f"\nwhen = {{ {when} }}\nrun = {{ {run} }}', *more, ""])


def scale(*more: str, up: str = '{ metric = "host.cpu_percent", over = 80 }') -> str:
    """A config with one scaling rule: its `up` is line 7, the rest begins in 8."""
    return "\n".join([f'{SERVICE}[[scale]]\nname = "s"\nrow = "service:api"\nup = [{up}]', *more, ""])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            fix('kind = "comand", argv = ["true"]'),
            '7 fix[0].run.kind: there is no action "comand"; did you mean "command"?',
            id="no such action",
        ),
        pytest.param(fix('kind = "command"'), "7 fix[0].run.argv: is missing: a command is a list", id="no command"),
        pytest.param(
            fix('kind = "command", argv = ["{x}"], params = { x = {} }'),
            "7 fix[0].run.argv[0]: is the program itself, which no parameter may choose",
            id="a program that is a parameter",
        ),
        pytest.param(
            fix('kind = "http.hook", url = "https://h/", argv = ["x"]'),
            '7 fix[0].run.argv: is for kind = "command" alone, not for "http.hook"',
            id="a hook with arguments",
        ),
        pytest.param(fix('kind = "http.hook"'), "7 fix[0].run.url: is missing: it is what a hook calls", id="no url"),
        pytest.param(
            fix('kind = "http.hook", url = "http://elsewhere/"'),
            '7 fix[0].run.url: must be https: "elsewhere" is another machine',
            id="a hook in the clear",
        ),
        pytest.param(
            fix('kind = "http.hook", url = "https://{h}/", params = { h = {} }'),
            "7 fix[0].run.url: has a parameter in its host",
            id="a hook to anywhere",
        ),
        pytest.param(
            fix('kind = "http.hook", url = "https://u:p@h/"'),
            "7 fix[0].run.url: holds a secret",
            id="a secret in a url",
        ),
        pytest.param(
            fix('kind = "http.hook", url = "https://h/", headers = { X = "{name}" }'),
            "7 fix[0].run.headers.X: takes no parameters",
            id="a parameter in a header",
        ),
        pytest.param(
            fix('kind = "http.hook", url = "ftp://h/"'), "7 fix[0].run.url: is no address; write", id="no web address"
        ),
        pytest.param(
            fix('kind = "command", argv = ["x", "{nam}"], params = { name = {} }'),
            '7 fix[0].run.argv[1]: there is no parameter {nam}; did you mean "name"?',
            id="an unknown placeholder",
        ),
        pytest.param(
            fix('kind = "command", argv = ["x", "{row}", "{what}"]'),
            "7 fix[0].run.argv[2]: there is no parameter {what}; declare it: params.what",
            id="a placeholder of nothing",
        ),
        pytest.param(
            fix('kind = "command", argv = ["x"], params = { a = { pattern = "(" } }'),
            "7 fix[0].run.params.a.pattern: is no regular expression: missing )",
            id="a pattern that does not compile",
        ),
        pytest.param(
            fix('kind = "command", argv = ["x"], params = { a = { pattern = "[0-9]+", default = "x" } }'),
            '7 fix[0].run.params.a.default: "x" does not match the pattern',
            id="a default that is not possible",
        ),
        pytest.param(
            fix('kind = "command", argv = ["x"], params = { a = { default = "x; y" } }'),
            '7 fix[0].run.params.a.default: "x; y" does not match letters, digits',
            id="a default with a shell's signs",
        ),
        pytest.param(
            fix('kind = "command", argv = ["x"], params = { a = { default = "-f" } }'),
            '7 fix[0].run.params.a.default: "-f" does not match letters, digits',
            id="a default that is an option",
        ),
        pytest.param(
            fix('kind = "command", argv = ["x"], params = { a = { choices = ["on", "off"], default = "onn" } }'),
            '7 fix[0].run.params.a.default: is none of the choices; did you mean "on"?',
            id="a default that is no choice",
        ),
        pytest.param(
            fix('kind = "command", argv = ["x"], params = { a = { patern = "x" } }'),
            '7 fix[0].run.params.a.patern: there is no such key; did you mean "pattern"?',
            id="a wrong key of a parameter",
        ),
        pytest.param(
            fix(when='service = "apy"'),
            '6 fix[0].when.service: there is no service "apy"; did you mean "api"?',
            id="for no service",
        ),
        pytest.param(
            fix(when='row = "postgres:shop"'),
            '6 fix[0].when.row: there is no target "postgres:shop"; ',
            id="for no target",
        ),
        pytest.param(
            fix(when='row = "redis:*"'), '6 fix[0].when.row: there is no target "redis:*"', id="for no target of a kind"
        ),
        pytest.param(fix(when='state = "down"'), "6 fix[0].when: says not what it is for", id="for anything"),
        pytest.param(
            fix(when='service = "api", row = "service:api"'),
            "6 fix[0].when.service: stands beside row",
            id="for two things",
        ),
        pytest.param(
            fix('kind = "command", argv = ["x"], row = "service:ap"'),
            '7 fix[0].run.row: there is no target "service:ap"; did you mean "service:api"?',
            id="acts on nothing",
        ),
        pytest.param(
            fix('kind = "command", argv = ["x"], row = "service:api", container = "c"'),
            "7 fix[0].run.container: stands beside row",
            id="acts on two things",
        ),
        pytest.param(
            fix('kind = "command", argv = ["x"]', 'verify = { service = "a" }'),
            '8 fix[0].verify.service: there is no service "a"; ',
            id="proved by nothing",
        ),
        pytest.param(
            fix('kind = "command", argv = ["x"]', "auto = {}", "loses = true"),
            "8 fix[0].auto: policy never takes what loses something",
            id="policy that loses",
        ),
        pytest.param(
            fix('kind = "redis.flush"', "auto = {}"),
            "8 fix[0].auto: policy never takes what loses something",
            id="policy by an action that loses",
        ),
        pytest.param(
            fix('kind = "command", argv = ["x"], params = { a = {} }', "auto = {}"),
            "7 fix[0].run.params.a: has no default, and policy has nobody to ask",
            id="policy that would have to ask",
        ),
        pytest.param(
            fix('kind = "command", argv = ["x"]', "auto = { after = 0 }"),
            "8 fix[0].auto.after: must be 1 or more",
            id="after no failure",
        ),
        pytest.param(
            fix('kind = "command", argv = ["x"]', 'auto = { hours = "22-6" }'),
            '8 fix[0].auto.hours: "22-6" are no hours; write "22:00-06:00"',
            id="no hours",
        ),
        pytest.param(
            fix('kind = "command", argv = ["x"]', 'auto = { time_zone = "Europe/Berln" }'),
            '8 fix[0].auto.time_zone: there is no time zone "Europe/Berln"; did you mean "Europe/Berlin"?',
            id="no time zone",
        ),
        pytest.param(
            f'{fix()}[[fix]]\nname = "f"\nwhen = {{ service = "api" }}\nrun = {{ kind = "command", argv = ["x"] }}\n',
            '9 fix[1].name: "f" is already the name of fix[0] (line 4)',
            id="two of one name",
        ),
        pytest.param(scale("least = 3", "most = 2"), "9 scale[0].most: must be 3 or more", id="least over most"),
        pytest.param(scale("factor = 1"), "8 scale[0].factor: must be more than 1", id="as many as there are"),
        pytest.param(scale("step = 0"), "8 scale[0].step: must be 1 or more", id="no fewer"),
        pytest.param(
            scale('kind = "swarm.scal"'),
            '8 scale[0].kind: "swarm.scal" scales nothing; did you mean "swarm.scale"?',
            id="an action that scales nothing",
        ),
        pytest.param(
            scale(up='{ metric = "hots.cpu_percent", over = 80 }'),
            '7 scale[0].up[0].metric: nothing reads "hots.cpu_percent"; a metric is kind.fact: did you mean "host"?',
            id="a figure of nothing",
        ),
        pytest.param(
            scale(up='{ metric = "host.cpu_percent" }'), "7 scale[0].up[0].over: is missing, and so is", id="no limit"
        ),
        pytest.param(
            scale('down = [{ metric = "host.cpu_percent", under = 80 }]'),
            "8 scale[0].down[0].under: must lie below 80, over which it is scaled up",
            id="no calm between up and down",
        ),
        pytest.param(
            scale('down = [{ metric = "host.cpu_percent", over = 90 }]'),
            "8 scale[0].down[0].over: is on the same side as up",
            id="up and down by the same",
        ),
        pytest.param(f"{SERVICE}[auto]\nstorm = 0\n", "5 auto.storm: must be 1 or more", id="always a storm"),
        pytest.param(
            f"{SERVICE}[auto]\nenable = true\n",
            '5 auto.enable: there is no such key; did you mean "enabled"?',
            id="a wrong key of policy",
        ),
        pytest.param(
            f'{SERVICE}[[right]]\nusers = [""]\n', "5 right[0].users[0]: must be a name or a glob", id="an empty glob"
        ),
        pytest.param(f"{SERVICE}[[right]]\nactions = []\n", "5 right[0].actions: is empty: nothing", id="no action"),
        pytest.param(f"{SERVICE}[[right]]\nusers = []\n", "5 right[0].users: is empty, and so is groups", id="nobody"),
        pytest.param(
            f'{SERVICE}[[right]]\neffect = "forbid"\n', '5 right[0].effect: "forbid" is not possible', id="no effect"
        ),
        pytest.param(f"{SERVICE}[fix]\nname = 1\n", "4 fix: is a list of tables: write [[fix]]", id="one bracket"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(text: str, expected: str) -> None:
    found = mistakes(text)
    assert any(problem.startswith(expected) for problem in found), found


def test_all_mistakes_are_told_at_once() -> None:
    text = fix('kind = "command", argv = ["x", "{y}"]', "auto = { after = 0 }", when='service = "apy"')
    assert [problem.split(": ")[0] for problem in mistakes(text)] == [
        "6 fix[0].when.service",
        "7 fix[0].run.argv[1]",
        "8 fix[0].auto.after",
    ]


def test_a_part_may_be_unknown_until_it_is_read() -> None:
    assert decode(fix(when='row = "container:*/web-*"'), "f.toml").config.fixes
    assert decode(fix('kind = "command", argv = ["x"], row = "systemd.unit:h/api"'), "f.toml").config.fixes


@given(st.text("{}aZ9_-é ", max_size=40))
def test_whatever_a_body_says_only_names_in_braces_are_placeholders(text: str) -> None:
    for name in PLACEHOLDER.findall(text):
        assert name.isascii()
        assert name[0].isalpha() or name[0] == "_"
