"""Whether this host is still what was agreed: facts are captured, compared with a baseline, shown, and put right."""
