"""One file for each pane: a pure function from a Board to table rows, and the thin widget that shows them."""
