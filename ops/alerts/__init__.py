"""What is wrong, for how long, and whether anyone should hear of it: pure functions of a Board, the config and now."""
