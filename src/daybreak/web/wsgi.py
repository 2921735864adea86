"""The WSGI application. It refuses to start on a database that would let facts be changed, or with unsound mappings.

The server loads it once and then forks its workers, which so share the memory of all that is loaded by then.
"""

import gc
import os

from daybreak.web.plainly import said_plainly

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybreak.web.settings")

with said_plainly():
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()

    from django.db import connections
    from django.urls import get_resolver

    from daybreak.clinic.record.append_only import require_triggers
    from daybreak.clinic.record.memory import give_back, keep_one_heap
    from daybreak.clinic.treatment_day.makes import mappings
    from daybreak.web.demonstration import require_synthetic

    keep_one_heap()
    require_triggers()
    require_synthetic()
    mappings()
    connections.close_all()  # a connection must not be used on both sides of a fork

_ = get_resolver().url_patterns  # loads every page's code
give_back()
gc.freeze()  # what is loaded stays: the collector need not touch it, which would copy it into each worker
