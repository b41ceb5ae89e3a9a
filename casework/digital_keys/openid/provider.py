"""One provider as the desk was told about it: who it is, how we prove ourselves to it, and what we ask for."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from casework.errors import CaseworkError

PrivateKey = RSAKey | ECKey


class ProviderFailed(CaseworkError):
    """The provider did not answer, or not as it should."""


class NotProven(CaseworkError):
    """The provider's answer proves nothing."""


class LinksBy(StrEnum):
    """Which number of a person the provider's claim holds, when it names somebody for the first time."""

    NATIONAL_NUMBER = "national_number"
    EMPLOYEE_NUMBER = "employee_number"


@dataclass(frozen=True)
class Provider:
    """How one way to sign in reaches its provider.

    With a `signing_key` we prove ourselves by `private_key_jwt` (OpenID Connect Core, section 9), else by the secret.
    With an `encryption_key` an id_token that is not encrypted for us is refused. `acr_values` is what we ask for, and
    an answer has to name one of them. `claim` holds the number that names a person for the first time.
    """

    issuer: str
    client_id: str
    client_secret: str = ""
    signing_key: PrivateKey | None = None
    encryption_key: PrivateKey | None = None
    acr_values: str = ""
    scopes: str = "openid"
    claim: str = ""
    links_by: LinksBy = LinksBy.NATIONAL_NUMBER
    name: str = ""


def read_private_key(path: Path) -> PrivateKey:
    """Read a private key (PEM: RSA or elliptic curve). Raises `ValueError` with what is wrong."""
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    for kind in (RSAKey, ECKey):
        try:
            key = kind.import_key(pem)
        except (JoseError, ValueError, TypeError):
            continue
        if key.is_private:
            return key
    raise ValueError(f"{path} holds no private RSA or elliptic curve key in PEM")
