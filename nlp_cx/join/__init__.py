"""Summarise scored documents to the grain of an interaction."""
