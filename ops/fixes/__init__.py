"""From a row to a verified fix: offers, plans, rights, price, record, verification."""
