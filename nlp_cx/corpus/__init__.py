"""Labelled and unlabelled texts to learn from and to test on, brought into one table."""
