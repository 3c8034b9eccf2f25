"""Classify clauses and documents with a trained model."""
