"""Reads other hosts over SSH, by the ssh program that is installed, with the keys and the config of its user."""
