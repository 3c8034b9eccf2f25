"""Run a table step: locally in threads, or on Spark."""
