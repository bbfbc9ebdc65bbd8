"""The config that the demo generates for its shop."""

from ops.demo.plan import Plan


def config_text(plan: Plan) -> str:
    """The text of a watchfloor.toml that watches the whole shop."""
    return f'[watchfloor]\nname = "demo shop {plan.ports["web"]}"\n'
