"""Parts that are sent by rsync: gathered here first, then sent on from where a broken line has left them."""
