"""Sets how many pods a Kubernetes deployment has."""

from typing import ClassVar

from ops.actions.base import Case, Param
from ops.actions.kubernetes import DEPLOYMENT, PARAMS, Cluster, DeploymentAction, given
from ops.runner.base import Runner

_REPLICAS = Param(name="replicas", title="how many pods", kind="int", least=0, most=1000)


class KubernetesScale(DeploymentAction):
    """`kubectl scale`: a deployment gets so many pods, if it still has as many as the plan saw, which are waited for.

    Offered through a `[[fix]]` that names the deployment, its namespace and the context of the kubeconfig. An
    autoscaler sets the number again as it sees fit.
    """

    name = "kubernetes.scale"
    title = "scale a Kubernetes deployment"
    params: ClassVar[tuple[Param, ...]] = (_REPLICAS, *PARAMS)

    async def run(self, case: Case, runner: Runner) -> None:
        """Set the number and wait until so many are ready."""
        cluster, wanted = Cluster(case), case.number(_REPLICAS.name)
        before = (await cluster.read(runner)).spec.replicas
        runner.rely("replicas", str(before))
        if before == wanted:
            runner.say(f"{cluster.name} is set to {wanted} already")
            return
        runner.say(f"from {before} to {wanted}")
        numbers = (f"--replicas={wanted}", f"--current-replicas={before}")
        await runner.do(cluster.call("scale", f"deployment/{cluster.name}", *numbers))
        await cluster.rolled_out(runner)

    def interrupts(self, case: Case) -> str:
        """Only what is taken away."""
        if case.number(_REPLICAS.name) == 0:
            return f"nothing of {given(case, DEPLOYMENT)} runs any more"
        return "pods that are more than that end, with the requests that they are working on"

    def undone(self, case: Case) -> str:
        """The plan and the output say from which number."""
        return "kubernetes.scale with the number before, which the plan shows"
