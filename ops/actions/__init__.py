"""What an action is, and how the ones that there are are found."""
