"""One file for each kind of call, named by its tag: `make` makes it, for real."""
