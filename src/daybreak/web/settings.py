"""Settings, read from the environment. `docs/running.md` names every variable."""

import os
from email.utils import parseaddr
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo

from django.core.checks.security.base import SECRET_KEY_MIN_LENGTH, SECRET_KEY_MIN_UNIQUE_CHARACTERS
from django.core.exceptions import ImproperlyConfigured

BASE = Path(__file__).resolve().parent


def _switch(name: str) -> bool:
    value = os.environ.get(name, "0")
    if value not in ("0", "1"):
        raise ImproperlyConfigured(f"{name} is {value!r}. Write 0 or 1.")
    return value == "1"


def _parts(name: str, url: str) -> SplitResult:
    """The parts of an address in a setting, whose port is a number or none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:  # its words may hold a part of the password
        raise ImproperlyConfigured(
            f"{name} cannot be read. Its end is host:port, the port a number to 65535; "
            "in a password write / as %2F, # as %23, ? as %3F, @ as %40."
        ) from None
    return parts


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise ImproperlyConfigured(
            f"DAYBREAK_TIME_ZONE is {name!r}, which is no time zone. Write one as America/New_York or Europe/Berlin."
        ) from None
    return name


def _sender(address: str) -> str:
    mailbox, _, host = parseaddr(address)[1].partition("@")
    if not mailbox or not host:
        raise ImproperlyConfigured(
            f"DAYBREAK_MAIL_FROM is {address!r}, which is no mail address. Write one as daybreak@clinic.example."
        )
    return address


def database(url: str) -> dict[str, object]:
    """Django's settings for `sqlite:///path` or `postgresql://user:password@host:port/name`."""
    parts = _parts("DAYBREAK_DATABASE", url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(url.removeprefix("sqlite:///")),
            # Closing the last connection writes the log back and removes it; opening reads the whole schema.
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                # Without IMMEDIATE, read-then-write transactions of parallel writers are lost.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # recursive_triggers: INSERT OR REPLACE must not slip past the append-only triggers.
                # A cache of 500 kB: each thread has one, and the system keeps the file's pages anyway.
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON; "
                    "PRAGMA cache_size=-500;"
                ),
            },
        }
    if parts.scheme == "postgresql":
        query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(query.get("host", parts.hostname or "")),
            "PORT": str(parts.port or query.get("port", "")),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ImproperlyConfigured(
        f"DAYBREAK_DATABASE starts with {parts.scheme!r}. Write sqlite:///path or postgresql://user@host/name."
    )


class MailServer(NamedTuple):
    """Where messages are handed over; without a `host` they go to a `folder`, without that to a screen."""

    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    is_encrypted: bool = False  # from the first byte; else with STARTTLS, where a user is named
    folder: str = ""

    @property
    def way(self) -> str:
        """The name of Django's module that hands a message over."""
        return "smtp" if self.host else "filebased" if self.folder else "console"


def mail_server(url: str) -> MailServer:
    """The mail server of `smtp://user:password@host:port` or `smtps://…`; none for an empty text.

    A demonstration's people have no addresses: its messages are files in the folder of `file:///folder`.
    """
    if not url:
        return MailServer()
    parts = _parts("DAYBREAK_MAIL", url)
    if parts.scheme == "file" and DEMONSTRATION:
        return MailServer(folder=unquote(parts.path))
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ImproperlyConfigured("DAYBREAK_MAIL cannot be read. Write smtp://user:password@host:587 or smtps://….")
    is_encrypted = parts.scheme == "smtps"
    port = parts.port or (465 if is_encrypted else 587)
    return MailServer(parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""), is_encrypted)


# One-click sign-in with synthetic people. It refuses to work anywhere but on this machine: see `web.demonstration`.
DEMONSTRATION = _switch("DAYBREAK_DEMONSTRATION")
SECURE = _switch("DAYBREAK_HTTPS")
DEBUG = False

SECRET_KEY = os.environ.get("DAYBREAK_SECRET_KEY", "")
if not SECRET_KEY:
    if not DEMONSTRATION and not _switch("DAYBREAK_TESTING"):
        raise ImproperlyConfigured("DAYBREAK_SECRET_KEY is not set. Make one with `daybreak secret`.")
    SECRET_KEY = "demonstration only, no secret is kept with this"  # noqa: S105
elif len(SECRET_KEY) < SECRET_KEY_MIN_LENGTH or len(set(SECRET_KEY)) < SECRET_KEY_MIN_UNIQUE_CHARACTERS:
    raise ImproperlyConfigured(
        f"DAYBREAK_SECRET_KEY is too short or too plain: it needs {SECRET_KEY_MIN_LENGTH} characters. Make one with "
        "`daybreak secret`."
    )

ALLOWED_HOSTS = (
    ["localhost", "127.0.0.1", "[::1]", "testserver"]
    if DEMONSTRATION or not os.environ.get("DAYBREAK_HOSTS")
    else [host.strip() for host in os.environ["DAYBREAK_HOSTS"].split(",")]
)
DATABASES = {"default": database(os.environ.get("DAYBREAK_DATABASE", "sqlite:///daybreak.sqlite3"))}
# A folder with the site's own mappings of monitors' codes; empty: only those that come with Daybreak.
MONITOR_MAPPINGS = os.environ.get("DAYBREAK_MONITOR_MAPPINGS", "")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "axes",
    "daybreak.clinic.record",
    "daybreak.clinic.tablet",
    "daybreak.clinic.evidence",
    "daybreak.clinic.referral",
    "daybreak.clinic.screening",
    "daybreak.clinic.planning",
    "daybreak.clinic.pharmacy",
    "daybreak.clinic.treatment_day",
    "daybreak.clinic.escalation",
    "daybreak.clinic.schedule",
    "daybreak.clinic.programme",
    "daybreak.clinic.followup",
    "daybreak.clinic.letters",
    "daybreak.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "daybreak.web.policy.PolicyMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "daybreak.web.gate.GateMiddleware",
    "daybreak.web.refusals.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "daybreak.web.urls"
WSGI_APPLICATION = "daybreak.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "daybreak.web.context.house",
            ],
            "builtins": ["daybreak.clinic.record.templatetags.daybreak"],
        },
    }
]

# Sign-in
AUTH_USER_MODEL = "record.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "daybreak.web.accounts.Backend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "daybreak.web.passwords.WordValidator"},
]
ACCOUNT_ADAPTER = "daybreak.web.accounts.ClosedAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_FORMS = {"change_password": "daybreak.web.accounts.NewPasswordForm"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# Wrong codes of a second factor, for each person; django-axes counts wrong passwords (see ClosedAccountAdapter). Each
# process of the server counts for itself.
ACCOUNT_RATE_LIMITS = {"login_failed": "60/m/ip,6/15m/key"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Daybreak"
MFA_ADAPTER = "daybreak.web.second_factor.Adapter"
MFA_FORMS = {
    "add_webauthn": "daybreak.web.second_factor.AddKeyForm",
    "authenticate": "daybreak.web.second_factor.CodeForm",
    "reauthenticate": "daybreak.web.second_factor.CodeAgainForm",
    "authenticate_webauthn": "daybreak.web.second_factor.KeyForm",
    "login_webauthn": "daybreak.web.second_factor.KeyAloneForm",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMONSTRATION
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "daybreak.web.accounts.name_as_looked_up"
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_IPWARE_META_PRECEDENCE_ORDER = ["REMOTE_ADDR"]

# Messages to people on call. Without a server none leaves this machine, and the page says so.
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = _sender(os.environ.get("DAYBREAK_MAIL_FROM") or "daybreak@localhost")
_MAIL = mail_server(os.environ.get("DAYBREAK_MAIL", ""))
EMAIL_BACKEND = f"django.core.mail.backends.{_MAIL.way}.EmailBackend"
EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_SSL, EMAIL_FILE_PATH = _MAIL
EMAIL_USE_TLS = bool(_MAIL.user) and not _MAIL.is_encrypted

# Cookies and headers
SESSION_ENGINE = "daybreak.web.browser_sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "daybreak.web.views.stale"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEMONSTRATION or SECURE
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _switch("DAYBREAK_BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Files that come with a request
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_HANDLERS = [
    "daybreak.web.uploads.ReferralSizeHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# Time and language
USE_TZ = True
TIME_ZONE = _time_zone(os.environ.get("DAYBREAK_TIME_ZONE") or "UTC")
LANGUAGE_CODE = "en-gb"
USE_I18N = True
DATE_FORMAT = "j M Y"
FORMAT_MODULE_PATH: list[str] = []

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE / "static"]
STATIC_ROOT = os.environ.get("DAYBREAK_STATIC_ROOT")  # without one, files are served from where they lie
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"axes": {"level": "ERROR"}, "daybreak": {"level": "INFO"}},
}
