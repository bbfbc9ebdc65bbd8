"""Memcached's text protocol and answers, within bounds."""
