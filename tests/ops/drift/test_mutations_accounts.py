"""Real accounts and units of a real systemd are changed: the diff names exactly that, and every fix for it was run."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.parts.accounts import account
from tests.parts.drift_stage import Stage
from tests.parts.drift_units import ACCOUNTS, UNITS, Accounts, Units
from tests.parts.drift_world import Mutation, Proof, World, more, prove, wrong
from tests.parts.systemd import Systemctl

_ONLY_OWN = '[[drift]]\nname = "here"\nunits = ["wf-none-*.service"]\n'


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An account that everything is done to: usermod does one thing at a time."""
    folder = tmp_path_factory.mktemp("accounts")
    with account() as name:
        made = Accounts(name, folder / "home")
        try:
            made.agreed()
            stage = Stage(folder, "", "users")
            yield World(
                stage, ["users"], made, made.names, ACCOUNTS, lambda path: name in path or str(made.home) in path, 1
            )
        finally:
            made.end()


@pytest.fixture(scope="module")
def units(systemd_of_module: Systemctl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A unit for each change."""
    made = Units(systemd_of_module)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_RUNTIME_DIR", "HOME"):
            patch.setenv(name, systemd_of_module.environment[name])
        made.agreed()
        toml = f'[[systemd]]\nname = "own"\nuser = true\nunits = ["wf-*.service"]\n{_ONLY_OWN}'
        yield World(Stage(tmp_path_factory.mktemp("units"), toml, "units"), ["units"], made, {}, UNITS)


@pytest.fixture(scope="module")
def proof_of_accounts(accounts: World) -> Proof:
    """All of it was done."""
    return asyncio.run(prove(accounts))


@pytest.fixture(scope="module")
def proof_of_units(units: World) -> Proof:
    """The same."""
    return asyncio.run(prove(units))


@pytest.mark.parametrize("mutation", [pytest.param(one, id=one.says) for one in ACCOUNTS])
def test_an_account_is_named_alone_and_put_right(accounts: World, proof_of_accounts: Proof, mutation: Mutation) -> None:
    assert wrong(accounts, proof_of_accounts, mutation) == []


@pytest.mark.parametrize("mutation", [pytest.param(one, id=one.says) for one in UNITS])
def test_a_unit_is_named_alone_and_put_right(units: World, proof_of_units: Proof, mutation: Mutation) -> None:
    assert wrong(units, proof_of_units, mutation) == []


def test_nothing_else_is_named_before_and_after(
    accounts: World, proof_of_accounts: Proof, units: World, proof_of_units: Proof
) -> None:
    assert more(accounts, proof_of_accounts) == []
    assert more(units, proof_of_units) == []
