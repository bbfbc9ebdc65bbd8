"""Redis' protocol and answers, within bounds."""
