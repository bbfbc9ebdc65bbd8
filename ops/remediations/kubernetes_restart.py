"""Restarts the pods of a Kubernetes deployment, one after the other."""

from ops.actions.base import Case
from ops.actions.kubernetes import DEPLOYMENT, DeploymentAction, given, roll_out
from ops.runner.base import Runner


class KubernetesRestart(DeploymentAction):
    """`kubectl rollout restart`: each pod of a deployment is replaced, as its strategy says, and that is waited for.

    Offered through a `[[fix]]` that names the deployment, its namespace and the context of the kubeconfig.
    """

    name = "kubernetes.restart"
    title = "restart a Kubernetes deployment"
    expected_s = 5.0

    async def run(self, case: Case, runner: Runner) -> None:
        """Restart it and wait until the new pods are there."""
        await roll_out(case, runner, "restart")

    def interrupts(self, case: Case) -> str:
        """As far as the deployment's strategy lets it."""
        return f"each pod of {given(case, DEPLOYMENT)} is replaced; with a single replica nothing may answer meanwhile"

    def undone(self, case: Case) -> str:
        """It need not be."""
        return "the pods run the same as before; kubernetes.undo goes back to the revision before this restart"
