-- How long does the smallest question take?
SELECT 1 AS one
