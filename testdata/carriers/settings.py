"""Settings of the order service.

Values that differ between machines come from the environment; see docs/deployment.md.
"""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
BUILD_REVISION = "{{git_sha}}"
SITE_ID = "{{uuid}}"

DEBUG = os.environ.get("DEBUG", "") == "1"
ALLOWED_HOSTS = ["orders.kestrel-labs.io", "localhost"]
SESSION_COOKIE_NAME = "orders_session"
CSRF_HEADER_NAME = "HTTP_X_CSRF_TOKEN"
PASSWORD_RESET_TIMEOUT = 3600
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "orders",
        "USER": "orders",
        "PASSWORD": os.environ["ORDERS_DB_PASSWORD"],
        "HOST": os.environ.get("DB_HOST", "localhost"),
        "CONN_MAX_AGE": 60,
    }
}

{{slot}}

CACHE_KEY_PREFIX = "orders:v3"
TOKEN_CACHE_SECONDS = 300
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST_USER = "no-reply@kestrel-labs.io"
STATIC_ROOT = BASE_DIR / "static"
STATIC_MANIFEST_HASH = "{{md5}}"

LOGGING = {
    "version": 1,
    "filters": {"mask": {"()": "orders.logging.MaskFilter", "names": ["password", "token", "secret"]}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["mask"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
