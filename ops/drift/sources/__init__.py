"""Sources of facts for baselines: one file, one subject, found by discovery."""
