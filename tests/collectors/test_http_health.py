"""The HTTP check against real servers, right and wrong ones, polled as the floor polls them."""

import asyncio
import resource
import time
from pathlib import Path
from typing import Any

import pytest

from collectors.base import Poll, Secret
from collectors.http_health import HttpHealth
from collectors.net.http_config import Expect, HttpConfig
from collectors.units import Duration
from tests.parts import certificates, servers
from tests.parts.need import need
from tests.parts.polled import facts, first, poll
from tests.parts.servers import Exchange, Talk, running
from tests.parts.wait import until_async


def service(url: str, secrets: dict[str, Secret] | None = None, **settings: Any) -> HttpHealth:
    """A collector for one URL, with a deadline that tests can wait for."""
    settings.setdefault("timeout", Duration(3))
    return HttpHealth(HttpConfig(name="test", url=url, **settings), secrets or {})


async def ask(url: str, secrets: dict[str, Secret] | None = None, **settings: Any) -> Poll:
    """Poll a URL once and close."""
    collector = service(url, secrets, **settings)
    try:
        return await poll(collector)
    finally:
        await collector.close()


async def test_a_healthy_service_gives_every_fact() -> None:
    async with running(servers.ok) as server:
        told = await ask(f"{server.url}/health?key=hidden")
    found = facts(told)
    assert first(told).kind == "service"
    assert first(told).name == "test"
    assert found["url"] == f"{server.url}/health"
    assert (found["address"], found["status"], found["redirects"]) == ("127.0.0.1", 200, 0)
    assert found["json.status"] == "healthy"
    assert found["json.components.cache.state"] == "ok"
    assert found["json.uptime_s"] == 12.5
    assert found["tls_s"] is None
    assert found["cert_days"] is None
    for name in ("resolve_s", "connect_s", "first_byte_s", "total_s"):
        assert isinstance(found[name], float)
    assert server.exchanges[0].target == "/health?key=hidden"


@pytest.mark.parametrize("status", [204, 404, 500, 503])
async def test_another_status_is_a_fact_and_no_failure(status: int) -> None:
    async with running(servers.body(b"oops", status=status)) as server:
        assert facts(await ask(server.url))["status"] == status


@pytest.mark.parametrize(
    ("expect", "name", "value"),
    [
        pytest.param(Expect(contains="in order"), "contains", True, id="text that is there"),
        pytest.param(Expect(contains="alarm"), "contains", False, id="text that is missing"),
        pytest.param(Expect(absent="alarm"), "absent", True, id="text that rightly is missing"),
        pytest.param(Expect(absent="order"), "absent", False, id="text that should not be there"),
        pytest.param(Expect(contains="größer"), "contains", True, id="text beyond ASCII"),
        pytest.param(Expect(json={"a": 1}), "json_error", "the JSON is malformed at byte 0", id="JSON that is none"),
    ],
)
async def test_what_is_expected_of_the_body_is_a_fact(expect: Expect, name: str, value: object) -> None:
    async with running(servers.body("all is in order, größer".encode())) as server:
        assert facts(await ask(server.url, expect=expect))[name] == value


async def test_an_expected_json_path_is_read_from_any_type_of_body() -> None:
    async with running(servers.body(b'[{"a": "b"}]')) as server:
        assert facts(await ask(server.url, expect=Expect(json={"0.a": "b"})))["json.0.a"] == "b"


async def test_cut_json_is_a_fact_beside_its_status() -> None:
    async with running(servers.body(b'{"status": "hea', "application/json")) as server:
        found = facts(await ask(server.url))
    assert found["status"] == 200
    assert found["json_error"] == "the JSON is cut short"


async def test_a_hostile_body_is_inert() -> None:
    evil = b'{"status": "\\u001b]52;c;aGk=\\u0007\\u202e[red]x[/]", "\\u001b[2J": 1, "n": 1e999999}'
    async with running(servers.body(evil, "application/json")) as server:
        told = await ask(server.url)
        raw = await ask(server.url, expect=Expect(json={"status": "ok"}))
    for poll_ in (told, raw):
        for name, value in facts(poll_).items():
            assert name.isprintable()
            assert str(value).isprintable()


@pytest.mark.parametrize(
    ("talk", "reason", "sentence"),
    [
        pytest.param(servers.hang, "timeout", "while waiting for the first byte", id="accepts and never answers"),
        pytest.param(servers.drip, "timeout", "while reading the body", id="drips its body"),
        pytest.param(servers.reset, "reset", "reset the connection", id="resets"),
        pytest.param(servers.vanish, "reset", "without an answer", id="hangs up"),
        pytest.param(servers.garbage, "protocol", "is not HTTP", id="is not HTTP"),
        pytest.param(servers.half, "reset", "before its answer was complete", id="cuts its body"),
    ],
)
async def test_no_whole_answer_is_a_failure_with_its_reason(talk: Talk, reason: str, sentence: str) -> None:
    async with running(talk) as server:
        began = time.monotonic()
        told = await ask(server.url, timeout=Duration(0.3))
        assert time.monotonic() - began < 5
        await until_async(lambda: server.open == 0, "the connection to be closed")
    assert (told.outcome, told.reason) == ("failed", reason)
    assert sentence in told.error
    assert "owned" not in told.error


async def test_a_slow_answer_is_an_answer() -> None:
    async def slow(exchange: Exchange) -> None:
        await asyncio.sleep(0.1)
        await servers.ok(exchange)

    async with running(slow) as server:
        found = facts(await ask(server.url))
    assert isinstance(found["first_byte_s"], float)
    assert found["first_byte_s"] > 0.09


async def test_refused_and_unknown_have_different_reasons() -> None:
    refused = await ask(f"http://127.0.0.1:{servers.free_port()}")
    unknown = await ask("http://nothing-here.invalid", timeout=Duration(20))
    assert refused.reason == "refused"
    assert unknown.reason == "dns"
    assert "nothing-here.invalid" in unknown.error


async def test_an_endless_body_is_bounded_and_says_so() -> None:
    async with running(servers.endless) as server:
        await ask(server.url)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        polls = [await ask(server.url, expect=Expect(contains="y")) for _ in range(5)]
        grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert {facts(told)["body_bytes"] for told in polls} == {2**20}
    assert facts(polls[0])["contains"] is False
    assert "longer than 1 MiB" in first(polls[0]).hints[0]
    assert grown_kib < 8 * 1024


async def test_one_connection_serves_many_polls_and_survives_being_closed() -> None:
    async with running(servers.ok) as server:
        collector = service(server.url)
        for _ in range(5):
            facts(await poll(collector))
        assert server.connections == 1
        server.hang_up()
        await until_async(lambda: server.open == 0, "the connection to end")
        facts(await poll(collector))
        assert server.connections == 2
        await collector.close()
        await until_async(lambda: server.open == 0, "the connection to be closed")


async def test_redirects_are_followed_and_counted() -> None:
    routes = {"/": "/a?x=1", "/a?x=1": "b", "/b": "//127.0.0.1:{port}/c#part"}
    async with running(servers.redirect(routes)) as server:
        routes["/b"] = routes["/b"].format(port=server.port)
        found = facts(await ask(server.url))
        assert server.connections == 1
    assert (found["status"], found["redirects"]) == (200, 3)
    assert found["url"] == f"{server.url}/c"


@pytest.mark.parametrize(
    ("routes", "sentence"),
    [
        pytest.param({"/": "/"}, "in a loop", id="to itself"),
        pytest.param({"/": "/a", "/a": "/"}, "in a loop", id="in a ring"),
        pytest.param({"/": "/0"} | {f"/{n}": f"/{n + 1}" for n in range(20)}, "more than 5 times", id="on and on"),
        pytest.param({"/": "file:///etc/passwd"}, "cannot be asked", id="to a file"),
        pytest.param({"/": "http://[::1"}, "cannot be asked", id="to nonsense"),
        pytest.param({"/": "http://a:b@127.0.0.1/"}, "cannot be asked", id="to an address with a password"),
    ],
)
async def test_redirects_that_lead_nowhere_fail(routes: dict[str, str], sentence: str) -> None:
    async with running(servers.redirect(routes)) as server:
        told = await ask(server.url)
        assert len(server.exchanges) <= 6
    assert (told.outcome, told.reason) == ("failed", "protocol")
    assert sentence in told.error


@pytest.mark.parametrize(
    "expect",
    [
        pytest.param(Expect(status=302), id="the redirect itself is expected"),
        pytest.param(Expect(max_redirects=0), id="none may be followed"),
    ],
)
async def test_a_redirect_can_be_the_answer(expect: Expect) -> None:
    async with running(servers.redirect({"/": "/login"})) as server:
        found = facts(await ask(server.url, expect=expect))
    assert (found["status"], found["redirects"]) == (302, 0)


@pytest.mark.parametrize(("status", "method"), [(302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
async def test_a_post_that_is_redirected_becomes_what_the_status_says(status: int, method: str) -> None:
    async with running(servers.redirect({"/": "/done"}, status)) as server:
        await ask(server.url, method="POST")
        assert [exchange.method for exchange in server.exchanges] == ["POST", method]


async def test_secrets_and_headers_stay_with_their_own_host() -> None:
    secrets = {"headers.Authorization": Secret("Bearer t0ken")}
    routes = {"/": ""}
    async with running(servers.ok) as other, running(servers.redirect(routes)) as server:
        routes["/"] = other.url
        told = await ask(server.url, secrets, headers={"X-Shop": "1"}, headers_env={"Authorization": "SHOP_TOKEN"})
        assert facts(told)["status"] == 200
        assert server.exchanges[0].headers["authorization"] == "Bearer t0ken"
        assert server.exchanges[0].headers["x-shop"] == "1"
        assert not {"authorization", "x-shop"} & other.exchanges[0].headers.keys()
    assert "t0ken" not in repr(told)


@pytest.mark.parametrize(
    ("secrets", "sentence"),
    [
        pytest.param({}, "is not there", id="not resolved"),
        pytest.param({"headers.Authorization": Secret("s3cret\n")}, "line break", id="with a line break at its end"),
        pytest.param({"headers.Authorization": Secret("s3cret\r\nX: y")}, "line break", id="that would be two headers"),
    ],
)
async def test_a_secret_that_cannot_be_sent_is_named_but_not_shown(secrets: dict[str, Secret], sentence: str) -> None:
    async with running(servers.ok) as server:
        told = await ask(server.url, secrets, headers_env={"Authorization": "SHOP_TOKEN"})
        assert not server.exchanges
    assert sentence in told.error
    assert "SHOP_TOKEN" in told.remedy
    assert "s3cret" not in repr(told)


async def test_head_reads_no_body() -> None:
    async with running(servers.ok) as server:
        found = facts(await ask(server.url, method="HEAD"))
        assert server.exchanges[0].method == "HEAD"
    assert (found["status"], found["body_bytes"]) == (200, 0)


async def test_ipv6_addresses_are_asked() -> None:
    try:
        async with running(servers.ok, "::1") as server:
            found = facts(await ask(f"http://[::1]:{server.port}/"))
    except OSError as error:
        need(False, f"IPv6 on loopback ({error})")
    assert found["address"] == "::1"


TRUST = certificates.authority()


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        pytest.param(certificates.certify(["localhost"], by=TRUST, days=-3), "certificate expired on 20", id="expired"),
        pytest.param(
            certificates.certify(["localhost"], by=TRUST, age_days=-2),
            "certificate is not valid before 20",
            id="not valid yet",
        ),
        pytest.param(
            certificates.certify(["other.example"], by=TRUST),
            "certificate is for other.example, not localhost",
            id="for another name",
        ),
        pytest.param(certificates.certify(["localhost"]), "self-signed certificate", id="self-signed"),
        pytest.param(
            certificates.certify(["localhost"], by=certificates.authority("Strange Authority")),
            "certificate of an unknown issuer (Strange Authority)",
            id="of an unknown issuer",
        ),
    ],
)
async def test_a_bad_certificate_is_named(made: certificates.Issuer, sentence: str, tmp_path: Path) -> None:
    trusted = str(TRUST.write(tmp_path, "ca"))
    async with running(servers.ok, tls=made.server(tmp_path)) as server:
        url = f"https://localhost:{server.port}"
        told = await ask(url, ca_file=trusted)
        assert not server.exchanges
        unchecked = facts(await ask(url, verify_tls=False))
    assert (told.outcome, told.reason) == ("failed", "tls")
    assert sentence in told.error
    assert unchecked["status"] == 200
    assert isinstance(unchecked["cert_days"], float)


async def test_a_good_certificate_has_its_days_and_its_handshake_is_measured(tmp_path: Path) -> None:
    made = certificates.certify(["localhost", "127.0.0.1"], by=TRUST, days=2.5)
    async with running(servers.ok, tls=made.server(tmp_path)) as server:
        collector = service(f"https://127.0.0.1:{server.port}", ca_file=str(TRUST.write(tmp_path, "ca")))
        found, again = facts(await poll(collector)), facts(await poll(collector))
        assert server.connections == 1
        await collector.close()
    assert found["cert_days"] == pytest.approx(2.5, abs=0.01)
    assert isinstance(found["tls_s"], float)
    assert found["tls_s"] > 0
    assert again["tls_s"] == 0
    assert again["cert_days"] == pytest.approx(2.5, abs=0.01)


async def test_https_to_a_port_without_tls_says_so() -> None:
    async with servers.blurting(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        told = await ask(f"https://127.0.0.1:{port}")
    assert told.reason == "tls"
    assert "does not speak TLS on this port" in told.error


async def test_a_server_that_speaks_another_protocol_first_is_told_at_once() -> None:
    async with servers.blurting(b"SSH-2.0-OpenSSH_9.2\r\n") as port:
        told = await ask(f"http://127.0.0.1:{port}")
    assert told.reason == "protocol"
    assert "is not HTTP" in told.error


async def test_http_to_a_port_with_tls_suggests_https(tmp_path: Path) -> None:
    made = certificates.certify(["localhost"], by=TRUST)
    async with running(servers.ok, tls=made.server(tmp_path)) as server:
        told = await ask(server.url)
    assert told.outcome == "failed"
    assert told.reason in ("protocol", "reset")


async def test_a_ca_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = await ask("https://127.0.0.1:1", ca_file=str(tmp_path / "no.pem"))
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    useless = await ask("https://127.0.0.1:1", ca_file=str(empty))
    assert "no.pem: No such file" in missing.error
    assert "holds no certificate" in useless.error


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        pytest.param({"url": "shop.example"}, "begins with http", id="no scheme"),
        pytest.param({"url": "http://a:b@shop.example"}, "headers_env", id="a password in the URL"),
        pytest.param({"headers": {"a b": "c"}}, "cannot be the name", id="a header's name with a space"),
        pytest.param({"headers": {"a": "c\nd"}}, "line break", id="a header with a line break"),
        pytest.param({"method": "HEAD", "expect": Expect(contains="x")}, "HEAD brings no body", id="HEAD with a body"),
        pytest.param({"expect": Expect(max_redirects=-1)}, "0 to 20", id="fewer than no redirects"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        HttpConfig(**({"name": "test", "url": "http://shop.example"} | settings))
