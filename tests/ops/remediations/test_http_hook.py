"""A hook of a config's own, with a real server: sent once, to its own address alone, its secrets never shown."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from ops.actions.errors import ActionError, Refused
from ops.config.fixing import Fix, FixRun, FixWhen
from ops.config.structs import Config
from ops.runner.calls import Http
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, act, config_of, planned, read, row_of
from tests.parts.certificates import certify
from tests.parts.servers import Exchange, running


def hooked(url: str, run: str = "", headers: str = "") -> Config:
    """A config with a service and the hook that mends it; both at `url`."""
    return config_of(
        f"[[service]]\nname = 'api'\nurl = '{url}/health'\n"
        f"[[fix]]\nname = 'wake it'\nwhen = {{ service = 'api' }}\n"
        f"[fix.run]\nkind = 'http.hook'\nurl = '{url}/wake/{{name}}'\ntimeout = '5s'\n{run}\n{headers}"
    )


class Sleeper:
    """A service that is ill until its hook is called."""

    def __init__(self, status: int = 200, said: bytes = b"waking up\nsoon") -> None:
        self.awake = False
        self.status, self.said = status, said
        self.woken: list[Exchange] = []
        self.bodies: list[bytes] = []

    async def talk(self, exchange: Exchange) -> None:
        """Answer one request."""
        if exchange.method == "GET":
            await exchange.answer(200 if self.awake else 503, b"")
            return
        self.woken.append(exchange)
        self.bodies.append(await exchange.reader.readexactly(int(exchange.headers["content-length"])))
        self.awake = self.status < 300
        await exchange.answer(self.status, self.said, Location="http://127.0.0.1:9/elsewhere")


async def test_a_hook_wakes_a_service_and_its_row_is_well_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_TOKEN", "s3cret-of-the-hook")
    sleeper = Sleeper(said=b"waking up\n\x1b[31mwith s3cret-of-the-hook")
    async with running(sleeper.talk) as server:
        config = hooked(server.url, 'body = \'{"who": "{name}"}\'', "headers_env = { Authorization = 'HOOK_TOKEN' }")
        assert row_of(await read(config), "service:api").level == "critical"
        plan = await planned(config, "http.hook", "service:api", fix="wake it")
        assert sleeper.woken == []
        assert isinstance(plan.calls[0], Http)
        assert "s3cret" not in plan.calls[0].told
        acted = await act(config, "http.hook", "service:api", plan.seen, fix="wake it")
        assert row_of(await read(config), "service:api").level == "ok"
    (got,) = sleeper.woken
    assert (got.method, got.target, sleeper.bodies) == ("POST", "/wake/api", [b'{"who": "api"}'])
    assert (got.headers["authorization"], got.headers["content-type"]) == ("s3cret-of-the-hook", "application/json")
    assert acted.sink.of("out") == ["status 200", "waking up", "␛[31mwith ***"]
    assert acted.sink.exits == [200]
    assert "s3cret" not in acted.sink.text


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        pytest.param(400, "answered with status 400: no such part", id="a wrong request"),
        pytest.param(401, "answered with status 401", id="a wrong token"),
        pytest.param(503, "answered with status 503", id="a server that is ill"),
        pytest.param(302, "wants to send the hook elsewhere", id="a redirect"),
    ],
)
async def test_a_hook_that_says_no_has_failed_and_no_redirect_is_followed(status: int, sentence: str) -> None:
    sleeper = Sleeper(status, b"no such part\nmore")
    async with running(sleeper.talk) as server:
        sink = MemorySink()
        with pytest.raises(ActionError, match=sentence) as caught:
            await act(hooked(server.url), "http.hook", "service:api", fix="wake it", sink=sink)
    assert caught.value.remedy
    assert not isinstance(caught.value, Refused)
    assert sink.exits == [status]
    assert len(sleeper.woken) == 1


async def test_a_hook_that_breaks_off_is_never_sent_twice() -> None:
    asked: list[str] = []

    async def vanish(exchange: Exchange) -> None:
        asked.append(exchange.method)
        raise ConnectionError

    async with running(vanish) as server:
        with pytest.raises(ActionError) as caught:
            await RealRunner(hooked(server.url), MemorySink()).do(wake(server.url))
    assert caught.value.message
    assert asked == ["POST"]


async def test_a_hook_that_never_answers_ends_with_its_time() -> None:
    async def hang(exchange: Exchange) -> None:
        await exchange.gone()

    async with running(hang) as server:
        with pytest.raises(ActionError, match="did not end within 300 ms"):
            await RealRunner(hooked(server.url), MemorySink()).do(wake(server.url, timeout_s=0.3))
        await asyncio.sleep(0)
    assert server.open == 0


def wake(url: str, path: str = "/wake/api", timeout_s: float = 5.0) -> Http:
    """The call of the hook."""
    return Http(fix="wake it", method="POST", url=url + path, timeout_s=timeout_s)


@pytest.mark.parametrize(
    ("hook", "called", "sentence"),
    [
        pytest.param("http://127.0.0.1:1", "http://127.0.0.1:2", "is not where the hook", id="another port"),
        pytest.param("https://hooks.example", "https://evil.example", "is not where the hook", id="another host"),
        pytest.param("https://hooks.example", "http://hooks.example", "is not where the hook", id="in the clear"),
        pytest.param("https://a:b@hooks.example", "https://hooks.example", "can't be called", id="a password in it"),
        pytest.param("http://hooks.example", "http://hooks.example", "in the clear", id="http to another machine"),
    ],
)
async def test_a_hook_goes_nowhere_else_and_never_in_the_clear(hook: str, called: str, sentence: str) -> None:
    fix = Fix(name="wake it", when=FixWhen(service="api"), run=FixRun(kind="http.hook", url=f"{hook}/wake"))
    config = msgspec.structs.replace(config_of(""), fixes=(fix,))
    with pytest.raises(Refused, match=sentence) as caught:
        await RealRunner(config, MemorySink()).do(wake(called))
    assert caught.value.remedy


async def test_a_hook_whose_secret_is_not_there_is_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOOK_TOKEN", "value\nX-More: yes")
    sleeper = Sleeper()
    async with running(sleeper.talk) as server:
        config = hooked(server.url, headers="headers_env = { Authorization = 'HOOK_TOKEN' }")
        with pytest.raises(Refused, match="line break"):
            await RealRunner(config, MemorySink()).do(wake(server.url))
        monkeypatch.delenv("HOOK_TOKEN")
        with pytest.raises(Refused, match="HOOK_TOKEN is not set") as caught:
            await RealRunner(config, MemorySink()).do(wake(server.url))
    assert caught.value.remedy
    assert sleeper.woken == []


async def test_a_certificate_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    sleeper = Sleeper()
    async with running(sleeper.talk, tls=certify(["127.0.0.1"]).server(tmp_path)) as server:
        url = f"https://127.0.0.1:{server.port}"
        with pytest.raises(ActionError, match="certificate") as caught:
            await RealRunner(hooked(url), MemorySink()).do(wake(url))
    assert caught.value.reason == "tls"
    assert sleeper.woken == []


async def test_a_great_answer_is_cut() -> None:
    async def flood(exchange: Exchange) -> None:
        await exchange.answer(200, b"line\n" * 200_000)

    async with running(flood) as server:
        sink = MemorySink()
        answer = await RealRunner(hooked(server.url), sink).do(wake(server.url))
    assert len(answer.text) == 64 * 1024
    assert len(sink.of("out")) == 52
    assert "more lines" in sink.of("out")[-1]
