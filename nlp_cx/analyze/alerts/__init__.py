"""Rules that watch an O+X table: a case for a record, a case for a segment that changed."""
