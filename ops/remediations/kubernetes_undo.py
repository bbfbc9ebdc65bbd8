"""Takes a Kubernetes deployment back to its revision before."""

from ops.actions.base import Case, Offer
from ops.actions.kubernetes import DEPLOYMENT, DeploymentAction, given, roll_out
from ops.runner.base import Runner


class KubernetesUndo(DeploymentAction):
    """`kubectl rollout undo`: a deployment goes back to the revision before this one, and that is waited for.

    Offered through a `[[fix]]` that names the deployment, its namespace and the context of the kubeconfig.
    """

    name = "kubernetes.undo"
    title = "take a Kubernetes deployment back to the revision before"
    expected_s = 5.0

    async def run(self, case: Case, runner: Runner) -> None:
        """Go back and wait until the pods of that revision are there."""
        await roll_out(case, runner, "undo")

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
