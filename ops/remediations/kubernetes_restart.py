"""Restarts the pods of a Kubernetes deployment, one after the other."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.kubernetes import DEPLOYMENT, PARAMS, Cluster, given, locks
from ops.board import Row
from ops.runner.base import Runner


class KubernetesRestart(Action):
    """`kubectl rollout restart`: each pod of a deployment is replaced, as its strategy says, and that is waited for.

    Offered through a `[[fix]]` that names the deployment, its namespace and the context of the kubeconfig.
    """

    name = "kubernetes.restart"
    title = "restart a Kubernetes deployment"
    kinds: ClassVar[tuple[str, ...]] = ("*",)
    risk: ClassVar[Risk] = "interrupts"
    params = PARAMS
    timeout_s = 3700.0
    expected_s = 5.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """None by itself: nothing reads Kubernetes, so only a `[[fix]]` can say which deployment is meant."""
        return ()

    async def run(self, case: Case, runner: Runner) -> None:
        """Restart it and wait until the new pods are there."""
        cluster = Cluster(case)
        await cluster.read(runner)
        await runner.do(cluster.call("rollout", "restart", f"deployment/{cluster.name}"))
        await cluster.rolled_out(runner)

    def interrupts(self, case: Case) -> str:
        """As far as the deployment's strategy lets it."""
        return f"each pod of {given(case, DEPLOYMENT)} is replaced; with a single replica nothing may answer meanwhile"

    def undone(self, case: Case) -> str:
        """It need not be."""
        return "the pods run the same as before; kubernetes.undo goes back to the revision before this restart"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The deployment."""
        return locks(case)
