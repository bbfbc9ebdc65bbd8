"""What the actions on Kubernetes share: kubectl with names that can be nothing else, and the wait for a rollout."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import msgspec

from collectors.programs.run import Ended, run
from collectors.text import clean
from ops.actions.base import Action, Case, Offer, Param, Risk
from ops.actions.errors import Refused
from ops.actions.waiting import within, within_s
from ops.board import Row
from ops.runner.base import Runner
from ops.runner.calls import Program

_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
DEPLOYMENT = Param(name="deployment", title="name of the deployment", pattern=rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*")
"""A DNS subdomain of RFC 1123, as Kubernetes wants names of objects."""
NAMESPACE = Param(name="namespace", title="its namespace", default="default", pattern=_LABEL)
CONTEXT = Param(name="context", title="context of the kubeconfig", pattern=r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,252}")
"""Always given: the current one is whichever somebody chose last. Clouds name them "arn:aws:eks:…:cluster/prod"."""
WITHIN = within("5m")
PARAMS = (DEPLOYMENT, NAMESPACE, CONTEXT, WITHIN)
_ANSWER_LIMIT = 4 * 2**20
_ASKED_S = 10
_MARGIN_S = 15.0


class _Meta(msgspec.Struct):
    uid: str = ""


class _Spec(msgspec.Struct):
    replicas: int = 1


class Deployment(msgspec.Struct):
    """The wanted fields of `kubectl get deployment --output=json`."""

    metadata: _Meta = msgspec.field(default_factory=_Meta)
    spec: _Spec = msgspec.field(default_factory=_Spec)


class Cluster:
    """A deployment of a cluster, as the parameters name it. Making it raises Refused for names that are none."""

    def __init__(self, case: Case) -> None:
        self.name = _checked(case, DEPLOYMENT)
        self._namespace, self._context = _checked(case, NAMESPACE), _checked(case, CONTEXT)
        self._within_s = within_s(case, WITHIN)

    def call(self, *words: str, timeout_s: float = 60.0) -> Program:
        """`kubectl` with these words, in this cluster and namespace."""
        return Program(argv=self._argv(*words), environment=_kubeconfig(), timeout_s=timeout_s)

    async def read(self, runner: Runner) -> Deployment:
        """The deployment as it is, relied on by its identity. Raises Refused where there is none, and CollectError."""
        ask = f"--request-timeout={_ASKED_S}s"
        words = ("get", f"deployment/{self.name}", "--output=json", ask)
        ended = await run(self._argv(*words), extra=_kubeconfig(), limit=_ANSWER_LIMIT)
        if ended.code or ended.cut:
            raise self._unread(ended)
        try:
            found = msgspec.json.decode(ended.out, type=Deployment)
        except msgspec.DecodeError as error:
            raise Refused(f"kubectl's answer makes no sense: {clean(error)}", reason="protocol") from error
        runner.rely(f"deployment {self.name}", found.metadata.uid)
        return found

    async def rolled_out(self, runner: Runner) -> None:
        """Wait until the rollout is through, with kubectl's own words. Raises ActionError when it is not in time."""
        wait = f"--timeout={self._within_s:.0f}s"
        words = ("rollout", "status", f"deployment/{self.name}", wait)
        await runner.do(self.call(*words, timeout_s=self._within_s + _MARGIN_S))

    def _argv(self, *words: str) -> tuple[str, ...]:
        return ("kubectl", *words, f"--namespace={self._namespace}", f"--context={self._context}")

    def _unread(self, ended: Ended) -> Refused:
        said = clean(ended.err.decode("utf-8", "replace").strip().split("\n")[0], 300)
        gone = "NotFound" in said
        return Refused(
            f"deployment {self.name} can't be read: {said or f'kubectl ended with {ended.code}'}",
            "name one that is there in the fix" if gone else f"try kubectl --context={self._context} get deployments",
            reason="missing" if gone else "error",
        )


class DeploymentAction(Action):
    """An action on one deployment, through a `[[fix]]` that names it."""

    kinds: ClassVar[tuple[str, ...]] = ("*",)
    risk: ClassVar[Risk] = "interrupts"
    params: ClassVar[tuple[Param, ...]] = PARAMS
    timeout_s = 3700.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """None by itself: nothing reads Kubernetes, so only a `[[fix]]` can say which deployment is meant."""
        return ()

    def locks(self, case: Case) -> tuple[str, ...]:
        """The deployment."""
        return locks(case)


async def roll_out(case: Case, runner: Runner, verb: str) -> None:
    """`kubectl rollout restart` or `undo`, and wait until its pods are there. Raises as `Cluster` and its methods."""
    cluster = Cluster(case)
    await cluster.read(runner)
    await runner.do(cluster.call("rollout", verb, f"deployment/{cluster.name}"))
    await cluster.rolled_out(runner)


def locks(case: Case) -> tuple[str, ...]:
    """One name for a deployment, whichever row the fix was chosen on."""
    return ("/".join(("kubernetes", *(given(case, param) for param in (CONTEXT, NAMESPACE, DEPLOYMENT)))),)


def given(case: Case, param: Param) -> str:
    """A parameter's value, or its default."""
    return case.params.get(param.name) or param.default


def _checked(case: Case, param: Param) -> str:
    value = given(case, param)
    if not re.fullmatch(param.pattern, value, re.ASCII):
        raise Refused(f"{clean(value)!r} is no {param.title}", f"correct {param.name} in the fix", reason="protocol")
    return value


def _kubeconfig() -> Mapping[str, str]:
    return {"KUBECONFIG": os.environ["KUBECONFIG"]} if os.environ.get("KUBECONFIG") else {}
