"""The tests; the folders mirror chatsvc/."""

from hypothesis import HealthCheck, settings

# Nothing here may fail because a machine is busy.
settings.register_profile("chatsvc", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chatsvc")
