"""One file for each action; discovery finds them."""
