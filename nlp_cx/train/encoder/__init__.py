"""Train the backend ``encoder``: a small transformer over tokens, from scratch."""
