"""A message is handed to the site's mail server. What fails is said, never hidden."""

from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.core.mail import EmailMessage

_TO_A_SCREEN = "django.core.mail.backends.console.EmailBackend"


NO_SERVER = "No mail server is set (DAYBREAK_MAIL), so no message leaves this machine."


def may_send() -> bool:
    """Whether there is a mail server to hand a message to."""
    return bool(settings.EMAIL_BACKEND != _TO_A_SCREEN)


def post(address: str, subject: str, text: str) -> str:
    """Hand over one message. Gives why it could not be, as a sentence; empty: the mail server took it.

    That the server took it does not say that anybody read it: only an answer does.
    """
    if not may_send():
        return NO_SERVER
    try:
        taken = EmailMessage(subject, text, to=[address]).send()
    except Exception as problem:  # noqa: BLE001 whatever it is: it is said, and the next person is called
        return f"The mail server did not take it: {_said(problem)[:200].rstrip('.') or type(problem).__name__}."
    return "" if taken else "The mail server did not take it."


def _said(problem: Exception) -> str:
    """The server's own words: "451 try later"."""
    match problem:
        case SMTPResponseException(smtp_code=code, smtp_error=words):
            return _answer(code, words)
        case SMTPRecipientsRefused(recipients=refused):
            return "; ".join(dict.fromkeys(_answer(*each) for each in refused.values()))
    return str(problem)


def _answer(code: int, words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    return f"{code} {' '.join(text.split())}"
