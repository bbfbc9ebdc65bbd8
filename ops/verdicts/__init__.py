"""Verdicts: pure functions from polls, thresholds, memory and `now` to levels, words and sentences."""
