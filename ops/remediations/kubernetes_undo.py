"""Takes a Kubernetes deployment back to its revision before."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.kubernetes import DEPLOYMENT, PARAMS, Cluster, given, locks
from ops.board import Row
from ops.runner.base import Runner


class KubernetesUndo(Action):
    """`kubectl rollout undo`: a deployment goes back to the revision before this one, and that is waited for.

    Offered through a `[[fix]]` that names the deployment, its namespace and the context of the kubeconfig.
    """

    name = "kubernetes.undo"
    title = "take a Kubernetes deployment back to the revision before"
    kinds: ClassVar[tuple[str, ...]] = ("*",)
    risk: ClassVar[Risk] = "interrupts"
    params = PARAMS
    timeout_s = 3700.0
    expected_s = 5.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """None by itself: nothing reads Kubernetes, so only a `[[fix]]` can say which deployment is meant."""
        return ()

    async def run(self, case: Case, runner: Runner) -> None:
        """Go back and wait until the pods of that revision are there."""
        cluster = Cluster(case)
        await cluster.read(runner)
        await runner.do(cluster.call("rollout", "undo", f"deployment/{cluster.name}"))
        await cluster.rolled_out(runner)

    def interrupts(self, case: Case) -> str:
        """As far as the deployment's strategy lets it."""
        return f"each pod of {given(case, DEPLOYMENT)} is replaced by one of the revision before"

    def undone(self, case: Case) -> str:
        """The same again."""
        return "kubernetes.undo again brings the present revision back"

    def undo(self, case: Case) -> Offer | None:
        """The revision before the one before is the present one."""
        name = given(case, DEPLOYMENT)
        return Offer(
            action=self.name,
            row=case.row.id,
            title=f"bring the newer revision of {name} back",
            params=case.params,
            fix=case.fix,
        )

    def locks(self, case: Case) -> tuple[str, ...]:
        """The deployment."""
        return locks(case)
