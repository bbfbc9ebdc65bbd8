"""How files of this host are found and read for their sources: through no link, bounded, without secrets."""
