"""Write tables to files: beside, then renamed."""
