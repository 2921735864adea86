"""Whether anybody said by which clock this clinic lives."""

import os


def not_said() -> str:
    """What a start and the status page say where a clinic's time zone was never set; empty otherwise."""
    if os.environ.get("DAYBREAK_TIME_ZONE") or os.environ.get("DAYBREAK_DEMONSTRATION") == "1":
        return ""
    return (
        "DAYBREAK_TIME_ZONE is not set, so every time is shown and read as UTC. Set it to the clinic’s zone, "
        "as America/New_York, and start the server, the listener and the clock’s work again."
    )
