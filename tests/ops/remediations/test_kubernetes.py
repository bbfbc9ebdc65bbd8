"""What kubectl is called with: a program of that name writes down its arguments, and answers as a cluster would."""

import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.actions.base import Case
from ops.actions.errors import ActionError, Refused
from ops.actions.kubernetes import Cluster, locks
from ops.actions.registry import discover
from ops.board import Row
from ops.config.structs import Config
from ops.fixes.own import offer_of
from ops.runner.dry import DryRunner
from tests.parts import boards
from tests.parts.acting import Acted, MemorySink, act, config_of, planned
from tests.parts.scripted_programs import program

ACTIONS = ("kubernetes.restart", "kubernetes.scale", "kubernetes.undo")
ROW = "tcp:shop"
API = {"deployment": "api", "namespace": "prod", "context": "arn:aws:eks:eu-west-1:4711:cluster/prod"}
WHERE = " --namespace=prod --context=arn:aws:eks:eu-west-1:4711:cluster/prod"
GET = f"get deployment/api --output=json --request-timeout=10s{WHERE}"
STATUS = f"rollout status deployment/api --timeout=300s{WHERE}"
FOUND = """echo '{"metadata": {"uid": "u-1", "generation": 4}, "spec": {"replicas": 3}}'"""
GONE = """echo 'Error from server (NotFound): deployments.apps "api" not found' >&2; exit 1"""


class Kubectl:
    """The program, and what it was called with."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._notes = folder, folder / "called"
        self.answers()

    def answers(self, get: str = FOUND, status: str = "echo 'successfully rolled out'") -> None:
        """What it does when it is asked for the deployment, and for the rollout."""
        note = f'printf "%s\\n" "$*" >> {self._notes}'
        program(self._folder, "kubectl", f'{note}\ncase "$1 $2" in get*) {get};; "rollout status") {status};; esac')

    @property
    def called(self) -> list[str]:
        """Its arguments, one line a call."""
        return self._notes.read_text().splitlines() if self._notes.exists() else []


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kubectl:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return Kubectl(tmp_path)


@pytest.fixture
def shop() -> Iterator[Config]:
    """A config with a row that a fix can be chosen on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield config_of(f'[[tcp]]\nname = "shop"\nhost = "127.0.0.1"\nport = {server.getsockname()[1]}\n')


async def run(
    shop: Config,
    name: str,
    seen: Mapping[str, str] | None = None,
    *,
    sink: MemorySink | None = None,
    replicas: str = "5",
    within: str = "5m",
) -> Acted:
    """Run one for real on the deployment."""
    deployment, namespace, context = API.values()
    return await act(
        shop, name, ROW, seen, sink=sink, replicas=replicas, within=within,
        deployment=deployment, namespace=namespace, context=context,
    )  # fmt: skip


def case_with(params: Mapping[str, str]) -> Case:
    """A case on some row; nothing is read for it."""
    config = config_of('[[tcp]]\nname = "shop"\nhost = "127.0.0.1"\nport = 1\n')
    row = Row(id=ROW, kind="tcp", name="shop", target=ROW, level="ok", word="", reason="", since=0, at=0)
    return Case(row=row, rows=[row], spec=config.targets[0], config=config, params=params)


@pytest.mark.parametrize("name", ACTIONS)
def test_none_is_offered_by_itself_for_any_row(name: str) -> None:
    action = discover()[name]
    assert action.kinds == ("*",)
    assert not list(action.offers(case_with({}).row, []))


@pytest.mark.parametrize(
    ("name", "params", "effect"),
    [
        pytest.param("kubernetes.restart", {}, "rollout restart deployment/api", id="restart"),
        pytest.param("kubernetes.undo", {}, "rollout undo deployment/api", id="undo"),
        pytest.param(
            "kubernetes.scale", {"replicas": "5"}, "scale deployment/api --replicas=5 --current-replicas=3", id="scale"
        ),
    ],
)
async def test_each_is_planned_with_a_read_alone_and_run_until_it_is_rolled_out(
    name: str, params: dict[str, str], effect: str, kubectl: Kubectl, shop: Config
) -> None:
    plan = await planned(shop, name, ROW, **API, **params)
    assert kubectl.called == [GET]
    assert [call.told for call in plan.calls] == [f"kubectl {effect}{WHERE}", f"kubectl {STATUS}"]
    assert plan.seen["deployment api"] == "u-1"
    acted = await run(shop, name, plan.seen)
    assert kubectl.called == [GET, GET, f"{effect}{WHERE}", STATUS]
    assert acted.sink.of("out") == ["successfully rolled out"]


async def test_as_many_as_there_are_already_is_nothing_to_do(kubectl: Kubectl, shop: Config) -> None:
    acted = await run(shop, "kubernetes.scale", replicas="3")
    assert kubectl.called == [GET]
    assert acted.sink.of("say") == ["api is set to 3 already"]


@pytest.mark.parametrize("name", ACTIONS)
async def test_a_deployment_that_is_gone_or_another_since_the_plan_is_refused(
    name: str, kubectl: Kubectl, shop: Config
) -> None:
    plan = await planned(shop, name, ROW, **API, replicas="5")
    kubectl.answers(get=FOUND.replace("u-1", "u-2"))
    with pytest.raises(Refused, match="deployment api has changed: it was 'u-1'"):
        await run(shop, name, plan.seen)
    kubectl.answers(get=GONE)
    with pytest.raises(Refused, match=r'NotFound\): deployments\.apps "api" not found') as caught:
        await run(shop, name, plan.seen)
    assert caught.value.reason == "missing"
    assert kubectl.called == [GET] * 3


async def test_a_number_that_changed_since_the_plan_is_refused(kubectl: Kubectl, shop: Config) -> None:
    plan = await planned(shop, "kubernetes.scale", ROW, **API, replicas="5")
    kubectl.answers(get=FOUND.replace('"replicas": 3', '"replicas": 4'))
    with pytest.raises(Refused, match="replicas has changed: it was '3' when it was planned and is '4' now"):
        await run(shop, "kubernetes.scale", plan.seen)


async def test_a_rollout_that_is_not_through_in_time_fails_with_kubectls_words(kubectl: Kubectl, shop: Config) -> None:
    kubectl.answers(status="echo 'error: timed out waiting for the condition' >&2; exit 1")
    sink = MemorySink()
    with pytest.raises(ActionError, match="error: timed out waiting for the condition"):
        await run(shop, "kubernetes.restart", sink=sink, within="2s")
    assert sink.of("err") == ["error: timed out waiting for the condition"]
    assert kubectl.called[-1] == STATUS.replace("300s", "2s")


async def test_no_kubectl_is_told(shop: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    from collectors.base import CollectError

    monkeypatch.setenv("PATH", "/no/programs")
    with pytest.raises(CollectError, match="there is no program kubectl"):
        await planned(shop, "kubernetes.restart", ROW, **API)


async def test_the_kubeconfig_that_is_set_is_handed_on(
    kubectl: Kubectl, shop: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/etc/kube/prod")
    kubectl.answers(status='echo "$KUBECONFIG"')
    acted = await run(shop, "kubernetes.restart")
    assert acted.sink.of("out") == ["/etc/kube/prod"]


HOSTILE = ("-A", "--all", "", "a b", "a;id", "$(id)", "a\n", "\na", "a/b", "a=b", "A", "a_b", "ä", ".", "a.", "x" * 64)


@pytest.mark.parametrize("word", [*HOSTILE, "a,b"])
@pytest.mark.parametrize("which", ["deployment", "namespace"])
async def test_what_is_no_dns_name_is_refused_before_anything_is_called(
    which: str, word: str, kubectl: Kubectl
) -> None:
    if which == "namespace" and not word:
        return
    runner = DryRunner()
    with pytest.raises(Refused, match="is no "):
        await discover()["kubernetes.restart"].run(case_with(API | {which: word}), runner)
    assert not runner.steps
    assert not kubectl.called


@pytest.mark.parametrize("word", ["--kubeconfig=/tmp/x", "-", "a b", "a\n", "", "a;b", "é", "/etc", "x" * 254])
def test_a_context_is_no_option_and_one_word(word: str) -> None:
    with pytest.raises(Refused, match="is no context of the kubeconfig"):
        Cluster(case_with(API | {"context": word}))


@given(name=st.text(max_size=70), namespace=st.text(max_size=70), context=st.text(max_size=70))
def test_whatever_is_named_each_argument_is_what_it_is_meant_as(name: str, namespace: str, context: str) -> None:
    params = {"deployment": name, "namespace": namespace, "context": context}
    try:
        argv = Cluster(case_with(params)).call("rollout", "restart", f"deployment/{name}").argv
    except Refused:
        return
    place = namespace or "default"
    words = ("kubectl", "rollout", "restart", f"deployment/{name}", f"--namespace={place}", f"--context={context}")
    assert argv == words
    assert all(word.isascii() and word.isprintable() and " " not in word for word in argv)


def test_a_deployment_is_locked_whichever_row_the_fix_was_chosen_on() -> None:
    assert locks(case_with(API)) == ("kubernetes/arn:aws:eks:eu-west-1:4711:cluster/prod/prod/api",)


def test_a_fix_in_the_config_offers_it_and_asks_for_nothing_that_has_a_default() -> None:
    where = ", ".join(f'{name} = "{value}"' for name, value in API.items())
    shop = config_of(
        '[[tcp]]\nname = "shop"\nhost = "127.0.0.1"\nport = 1\n\n'
        f'[[fix]]\nname = "api again"\nwhen = {{ row = "{ROW}" }}\n'
        f'run = {{ kind = "kubernetes.restart", set = {{ {where} }} }}\n'
    )
    row = case_with({}).row
    offer = offer_of(shop.fixes[0], boards.board(row), row, discover())
    assert offer
    assert (offer.action, offer.row, offer.params, offer.ask) == ("kubernetes.restart", ROW, API, ())
