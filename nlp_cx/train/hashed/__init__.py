"""Train the backend ``hashed``: n-gram vectors and a small network."""
