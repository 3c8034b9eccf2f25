"""The training backend ``linear``: scikit-learn on hashed n-grams."""
