"""What fills the terminal: the floor, the detail of a row, the help and the demo's fault menu."""
