"""The tests; the folders mirror chatsvc/."""

import os

from hypothesis import HealthCheck, settings

# Nothing here may fail because a machine is busy. CI tries the same examples each time, so
# that a failure there is one of the change; everybody else's runs look for new ones.
settings.register_profile(
    "chatsvc",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("chatsvc")
