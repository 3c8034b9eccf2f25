"""The return model: driver, satisfaction, retention and revenue as a chain of fitted links."""
