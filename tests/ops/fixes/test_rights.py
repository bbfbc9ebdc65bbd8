"""Who may do what: deny before allow, by user, group, environment, action and row; policy is a user too."""

import grp
import os
import pwd

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.config.fixing import Right
from ops.config.structs import Config, Settings
from ops.fixes.rights import allowed, groups_of
from ops.fixes.who import account, me, names
from ops.jobs.structs import By

ALICE = By(user="alice", uid=4711, via="screen")
POLICY = By(user="policy", uid=4711, via="policy")


def config(*rights: Right, environment: str = "production") -> Config:
    """A config with only rights."""
    return Config(
        path="/etc/wf.toml", settings=Settings(environment=environment), targets=(), thresholds=(), rights=rights
    )


def by(user: str, uid: int = 4711) -> By:
    """Somebody at a screen."""
    return By(user=user, uid=uid, via="screen")


@pytest.mark.parametrize(
    ("rights", "who", "action", "expected"),
    [
        pytest.param((), ALICE, "redis.flush", "", id="without rules everything is allowed"),
        pytest.param(
            (Right(effect="deny", actions=("redis.*",)),),
            ALICE,
            "redis.flush",
            "alice may not use redis.flush on redis:cache: the 1st [[right]] denies it",
            id="denied by its action",
        ),
        pytest.param(
            (Right(effect="deny", actions=("redis.*",)),), ALICE, "container.restart", "", id="another action"
        ),
        pytest.param(
            (Right(), Right(effect="deny", users=("al*",))),
            ALICE,
            "redis.flush",
            "the 2nd [[right]] denies",
            id="deny beats allow",
        ),
        pytest.param(
            (Right(effect="deny", rows=("redis:cache",)),),
            ALICE,
            "redis.flush",
            "the 1st [[right]] denies",
            id="denied by its row",
        ),
        pytest.param((Right(effect="deny", rows=("redis:other",)),), ALICE, "redis.flush", "", id="another row"),
        pytest.param(
            (Right(effect="deny", environments=("staging",)),), ALICE, "redis.flush", "", id="denied somewhere else"
        ),
        pytest.param(
            (Right(users=("bob",)),),
            ALICE,
            "redis.flush",
            "alice may not use redis.flush on redis:cache: no [[right]] allows it in production",
            id="once something is allowed, only that is",
        ),
        pytest.param(
            (Right(users=("bob",), environments=("staging",)),), ALICE, "redis.flush", "", id="allowed only elsewhere"
        ),
        pytest.param((Right(users=("alice",)),), POLICY, "redis.flush", "policy may not use", id="policy is a user"),
        pytest.param((Right(users=("policy",)),), POLICY, "redis.flush", "", id="policy is allowed"),
        pytest.param(
            (Right(effect="deny", users=("policy",)),),
            POLICY,
            "redis.flush",
            "the 1st [[right]] denies",
            id="policy is denied",
        ),
        pytest.param((Right(effect="deny", groups=("*",)),), POLICY, "redis.flush", "", id="policy is in no group"),
        pytest.param(
            (Right(effect="deny", users=("alice",)),),
            by("root (sudo: alice)", 0),
            "redis.flush",
            "the 1st [[right]] denies",
            id="sudo takes no denial away",
        ),
        pytest.param(
            (Right(users=("alice",)),),
            by("root (sudo: alice)", 0),
            "redis.flush",
            "",
            id="root by sudo keeps its rights",
        ),
        pytest.param(
            (Right(users=("alice",)),),
            by("bob (sudo: alice)"),
            "redis.flush",
            "no [[right]] allows",
            id="who is not root may claim nothing",
        ),
    ],
)
def test_what_is_allowed(rights: tuple[Right, ...], who: By, action: str, expected: str) -> None:
    said = allowed(config(*rights), who, action, "redis:cache")
    assert expected in said
    assert bool(said) is bool(expected)


def test_groups_are_asked_for_once_however_many_fixes_are_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = pwd.getpwnam

    def ask(name: str) -> pwd.struct_passwd:
        asked.append(name)
        return real(name)

    monkeypatch.setattr(pwd, "getpwnam", ask)
    groups_of.cache_clear()
    rules = config(Right(effect="deny", groups=("nobody-is-here",)))
    for row in range(100):
        assert not allowed(rules, by("root", 0), "redis.flush", f"redis:{row}")
    assert asked == ["root"]


def test_groups_are_those_of_the_system() -> None:
    mine = account(os.getuid())
    own = grp.getgrgid(pwd.getpwuid(os.getuid()).pw_gid).gr_name
    assert own in groups_of(mine)
    who = by(mine, os.getuid())
    assert "the 1st [[right]] denies" in allowed(
        config(Right(effect="deny", groups=(own,))), who, "redis.flush", "redis:c"
    )
    assert not allowed(config(Right(effect="deny", groups=("no-such-group",))), who, "redis.flush", "redis:c")
    assert groups_of("no-such-account") == ()


@given(
    st.lists(st.builds(Right, effect=st.sampled_from(["allow", "deny"]), users=st.sampled_from([("alice",), ("*",)])))
)
def test_a_denial_that_means_somebody_always_holds(rights: list[Right]) -> None:
    assert allowed(config(*rights, Right(effect="deny")), ALICE, "command", "service:api")


def test_who_acts_is_what_the_kernel_says() -> None:
    who = me("command", {"USER": "somebody-else", "SSH_CONNECTION": "192.0.2.7 50000 192.0.2.1 22"})
    assert (who.user, who.uid, who.pid) == (account(os.getuid()), os.getuid(), os.getpid())
    assert (who.via, who.origin, bool(who.host)) == ("command", "192.0.2.7", True)


def test_who_became_somebody_by_sudo_is_noted() -> None:
    who = me("screen", {"SUDO_USER": "ali\x1b[2Jce"})
    assert who.user == f"{account(os.getuid())} (sudo: ali␛[2Jce)", "and it is printable"
    assert names(who) == (account(os.getuid()), "ali␛[2Jce")


def test_policy_is_nobody_in_particular() -> None:
    who = me("policy", {"SUDO_USER": "alice", "SSH_CONNECTION": "192.0.2.7 50000 192.0.2.1 22"})
    assert (who.user, who.tty, who.origin) == ("policy", "", "")
