"""Drawing parts that know nothing of the floor: a table of lines, plain lines, sparklines."""
