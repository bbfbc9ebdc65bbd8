"""Access logs: how their lines are taken apart, and what is summed up of them."""
