"""Commands without a screen: one file each, with SUMMARY, EXAMPLES, add_arguments and run."""
