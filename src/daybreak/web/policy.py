"""What every answer bears: one Content-Security-Policy, by which a page loads what this server serves and nothing
written into it, and a mark by which a page's script tells an answer of this server from one of a proxy or a portal.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)

OURS = "Daybreak"


class PolicyMiddleware:
    """Sends the policy and the mark. No view has another policy, so it is a header and not a computation."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers[OURS] = "1"
        return response
