"""How many examples: few while one writes, more where nobody waits. HYPOTHESIS_PROFILE names the profile."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# No deadline: a machine that does other things besides is slow now and then, and that is no fault of the code.
settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile(
    "ci", max_examples=500, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))
