"""The WSGI application. It refuses to start on a database that would let facts be changed, or with unsound mappings."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "daybreak.web.settings")
application = get_wsgi_application()

from daybreak.clinic.record.append_only import require_triggers  # noqa: E402
from daybreak.clinic.treatment_day.makes import mappings  # noqa: E402
from daybreak.web.demonstration import require_synthetic  # noqa: E402

require_triggers()
require_synthetic()
mappings()
