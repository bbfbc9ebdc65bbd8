"""Jobs: fixes that run as processes of their own, whoever started them and whatever became of him."""
