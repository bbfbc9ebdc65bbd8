"""What the swarm collector is made of: the shapes of the answers, and the rows made of them."""
