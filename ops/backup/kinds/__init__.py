"""One file for each kind of thing that is backed up."""
