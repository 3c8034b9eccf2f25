"""Property tests of compiled code: the first call compiles, which no deadline allows for."""

from hypothesis import settings

settings.register_profile("compiled", deadline=None)
settings.load_profile("compiled")
