"""Terms that customers use: aspects with opinions, and words that are new."""
