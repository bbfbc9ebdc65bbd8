"""Who hears of it: routes, promises that survive everything, and the receivers' own formats."""
