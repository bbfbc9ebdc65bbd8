"""Promises and what is left of them: SLIs, error budgets and burn rates. Pure: values and `now` in, values out."""
