"""Uploads: a file larger than any referral is never stored, not even for a moment."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from daybreak.formats.fhir.referral import MAX_BYTES

TOO_LARGE = "daybreak.upload_too_large"
_ENVELOPE = 100_000  # what a form adds around its file


class ReferralSizeHandler(FileUploadHandler):
    """Looks at the announced length before anything is read, and drops a body that no referral has."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 - Django's name
        content_length: int,
        boundary: bytes,
        encoding: str | None = None,
    ) -> None:
        self.too_large = content_length > MAX_BYTES + _ENVELOPE
        if self.too_large:
            META[TOO_LARGE] = content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.too_large:
            raise StopUpload(connection_reset=False)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
