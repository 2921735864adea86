"""The WSGI application. It refuses to start on a database that would let facts be changed, or with unsound mappings.

The server loads it once and then forks its workers, which so share the memory of all that is loaded by then.
"""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybreak.web.settings")
application = get_wsgi_application()

from django.db import connections  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from daybreak.clinic.record.append_only import require_triggers  # noqa: E402
from daybreak.clinic.record.memory import give_back, keep_one_heap  # noqa: E402
from daybreak.clinic.treatment_day.makes import mappings  # noqa: E402
from daybreak.web.demonstration import require_synthetic  # noqa: E402

keep_one_heap()
require_triggers()
require_synthetic()
mappings()
connections.close_all()  # a connection must not be used on both sides of a fork

_ = get_resolver().url_patterns  # loads every page's code
give_back()
gc.freeze()  # what is loaded stays: the collector need not touch it, which would copy it into each worker
