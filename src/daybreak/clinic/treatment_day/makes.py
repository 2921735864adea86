"""The mappings a monitor may speak: those that come with Daybreak, and the site's own (`DAYBREAK_MONITOR_MAPPINGS`)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from daybreak.formats.hl7v2 import MappingError, MonitorMapping, read_folder, shipped_mappings


def mappings() -> Mapping[str, MonitorMapping]:
    """Every mapping by name.

    Raises:
        ImproperlyConfigured: if a file of the site's folder cannot be used, with a sentence that says why.
    """
    return _read(settings.MONITOR_MAPPINGS)


@cache
def _read(folder: str) -> Mapping[str, MonitorMapping]:
    try:
        own = read_folder(Path(folder)) if folder else {}
    except MappingError as problem:
        raise ImproperlyConfigured(f"DAYBREAK_MONITOR_MAPPINGS: {problem}") from problem
    return {**shipped_mappings(), **own}


def title_of(name: str) -> str:
    """The mapping as people call it; its bare name where it is not known any more."""
    return mappings()[name].title if name in mappings() else f"{name} (not known here)"
