"""Experience against expectation: gaps per driver, the seven steps, SERVQUAL."""
