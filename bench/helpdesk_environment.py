"""What django-helpdesk is measured with, version by version."""

from pathlib import Path

from bench import environments

PINNED = (
    "asgiref==3.13.0", "beautifulsoup4==4.15.0", "certifi==2026.10.18", "charset-normalizer==3.5.2",
    "Django==5.2.19", "django-cleanup==9.0.0", "django-helpdesk==2.6.0", "django-model-utils==5.0.0",
    "djangorestframework==3.18.3", "email-reply-parser==0.5.12", "idna==3.20", "Markdown==3.11.3", "nh3==0.3.8",
    "oauthlib==4.0.1", "requests==2.34.2", "requests-oauthlib==2.0.0", "soupsieve==4.1.2", "sqlparse==0.6.1",
    "typing_extensions==4.16.0", "urllib3==2.8.0",
)  # fmt: skip


def python() -> Path:
    """Return the interpreter that has it. Raises `environments.CannotBeBuilt` with the reason."""
    return environments.python("helpdesk", PINNED)
