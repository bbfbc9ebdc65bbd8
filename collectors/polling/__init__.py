"""How a poll is scheduled, tried, ended and made inert: the parts of the poller."""
