"""Learn models from labelled data."""
