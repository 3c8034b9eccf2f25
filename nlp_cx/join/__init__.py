"""Scored documents, ratings and operations brought together: conversations, and the O+X table."""
