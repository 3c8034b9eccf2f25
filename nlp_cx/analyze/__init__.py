"""Small tables that answer questions about an O+X table: tables in, tables out."""

NOTE = "Associated with the outcome; not shown to cause it."
"""What every result says of itself, in ``attrs["note"]``."""
