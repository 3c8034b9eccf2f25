"""How the drivers of an O+X table are associated with an outcome."""
