"""The resolver: literals, sharing, its sentences, and a name server that never answers."""

import asyncio
import socket
import threading
import time

import pytest

from collectors.base import CollectError
from collectors.net.resolver import Resolver, resolve
from tests.parts.need import need
from tests.parts.wait import until_async

Found = list[tuple[int, int, int, str, tuple[object, ...]]]


def _found(*addresses: str) -> Found:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in addresses]


def _refuse(host: str, port: int) -> Found:
    raise AssertionError("a literal needs no lookup")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "fe80::1%lo"])
async def test_a_literal_needs_no_lookup(host: str) -> None:
    (address,) = await Resolver(_refuse).resolve(host, 80)
    assert address.text.partition("%")[0] == host.partition("%")[0]
    assert address.family == (socket.AF_INET6 if ":" in host else socket.AF_INET)


async def test_the_system_knows_localhost() -> None:
    assert {address.text for address in await resolve("localhost", 80)} & {"127.0.0.1", "::1"}


async def test_a_name_that_cannot_exist_does_not_exist() -> None:
    with pytest.raises(CollectError) as told:
        async with asyncio.timeout(20):
            await resolve("nothing-here.invalid", 80)
    need("does not exist" in told.value.message, f"a resolver that answers (it said: {told.value.message})")
    assert told.value.reason == "dns"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        pytest.param(
            socket.gaierror(socket.EAI_NONAME, "x"), "the name shop.example does not exist", id="no such name"
        ),
        pytest.param(
            socket.gaierror(socket.EAI_NODATA, "x"), "the name shop.example does not exist", id="a name without address"
        ),
        pytest.param(socket.gaierror(socket.EAI_AGAIN, "x"), "temporary failure", id="servers fail for the moment"),
        pytest.param(socket.gaierror(socket.EAI_FAIL, "broken"), "the resolver failed on shop.example", id="for good"),
        pytest.param(UnicodeError("label too long"), "shop.example is not a valid host name", id="not a host name"),
    ],
)
async def test_each_failure_has_its_sentence(error: Exception, sentence: str) -> None:
    def lookup(host: str, port: int) -> Found:
        raise error

    with pytest.raises(CollectError) as told:
        await Resolver(lookup).resolve("shop.example", 80)
    assert sentence in told.value.message
    assert told.value.reason == "dns"
    assert told.value.__cause__ is error


async def test_equal_requests_share_one_lookup() -> None:
    asked: list[str] = []
    release = threading.Event()

    def lookup(host: str, port: int) -> Found:
        asked.append(host)
        release.wait(5)
        return _found("192.0.2.1")

    resolver = Resolver(lookup)
    tasks = [asyncio.create_task(resolver.resolve("shop.example", 80)) for _ in range(50)]
    tasks.append(asyncio.create_task(resolver.resolve("other.example", 80)))
    await until_async(lambda: len(asked) == 2, "both names to be asked for")
    release.set()
    answers = await asyncio.gather(*tasks)
    assert sorted(asked) == ["other.example", "shop.example"]
    assert {address.text for answer in answers for address in answer} == {"192.0.2.1"}


async def test_a_mute_resolver_frees_its_caller_and_is_not_asked_again() -> None:
    asked: list[str] = []
    release = threading.Event()

    def lookup(host: str, port: int) -> Found:
        asked.append(host)
        release.wait(5)
        return _found("192.0.2.1")

    resolver = Resolver(lookup, threads=2)
    for _ in range(3):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.03):
                await resolver.resolve("mute.example", 80)
        assert time.monotonic() - began < 3
    assert asked == ["mute.example"]
    release.set()
    assert len(await resolver.resolve("mute.example", 80)) == 1


async def test_a_lookup_that_fails_after_all_have_left_says_nothing() -> None:
    release = threading.Event()

    def lookup(host: str, port: int) -> Found:
        release.wait(5)
        raise socket.gaierror(socket.EAI_NONAME, "x")

    resolver = Resolver(lookup)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await resolver.resolve("late.example", 80)
    release.set()
    with pytest.raises(CollectError):
        await resolver.resolve("late.example", 80)


async def test_addresses_come_once_each_in_order_and_bounded() -> None:
    many = [f"192.0.2.{number}" for number in range(1, 30)]

    def lookup(host: str, port: int) -> Found:
        return _found(many[0], *many)

    found = await Resolver(lookup).resolve("shop.example", 80)
    assert [address.text for address in found] == many[:8]
