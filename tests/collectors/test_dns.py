"""Name checks with the system's own resolver."""

import pytest

from collectors.dns import Dns, DnsConfig
from collectors.units import Duration
from tests.parts.polled import facts, poll


async def test_a_name_gives_its_addresses_and_the_time_it_took() -> None:
    found = facts(await poll(Dns(DnsConfig(name="test", host="localhost"), {})))
    assert isinstance(found["addresses"], str)
    addresses = found["addresses"].split(", ")
    assert set(addresses) & {"127.0.0.1", "::1"}
    assert found["answers"] == len(addresses)
    assert isinstance(found["resolve_s"], float)


async def test_a_name_that_cannot_exist_fails_with_its_reason() -> None:
    told = await poll(Dns(DnsConfig(name="test", host="nothing-here.invalid", timeout=Duration(20)), {}))
    assert (told.outcome, told.reason) == ("failed", "dns")
    assert "nothing-here.invalid" in told.error


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(ValueError, match="host is empty"):
        DnsConfig(name="test", host="")
