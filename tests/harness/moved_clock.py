"""Daybreak as it is served, with a clock a test moves: so that two hours in a chair pass at once, and a clock can jump.

The file that MOVED_CLOCK names holds the seconds by which this server is ahead; it is read whenever the time is asked.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

_FILE = Path(os.environ["MOVED_CLOCK"])
_true_now = timezone.now


def _now() -> datetime:
    return _true_now() + timedelta(seconds=float(_FILE.read_text()))


timezone.now = _now  # before any model takes it as a default

from daybreak.web.wsgi import application  # noqa: E402, F401
