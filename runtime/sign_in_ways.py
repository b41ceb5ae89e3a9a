"""Reads from the settings which ways to sign in the desk offers, and reaches their providers with."""

from pathlib import Path

from casework.digital_keys.models import Way
from casework.digital_keys.offer import Offer
from casework.digital_keys.openid.provider import LinksBy, PrivateKey, Provider, read_private_key
from runtime.settings import PREFIX, Settings, SettingsError


def read_offer(settings: Settings) -> Offer:
    """Return the ways to sign in. Raises `SettingsError` for an unknown way, a half-told provider or a bad key."""
    ways = {way.value: way for way in Way}
    named = settings.sign_in_ways.replace(",", " ").split()
    unknown = [name for name in named if name not in ways]
    if unknown or not named:
        raise SettingsError(f"{PREFIX}SIGN_IN_WAYS cannot hold {unknown or 'nothing'}; known are {' '.join(ways)}")
    return Offer(frozenset(ways[name] for name in named), _providers(settings))


def _providers(settings: Settings) -> dict[Way, Provider]:
    found: dict[Way, Provider] = {}
    if settings.oidc_issuer:
        _require_client(settings.oidc_issuer, settings.oidc_client_id, "OIDC_CLIENT_ID")
        found[Way.EID] = _government(settings, settings.oidc_eid_acr)
        found[Way.ITSME] = _government(settings, settings.oidc_itsme_acr)
    if settings.home_oidc_issuer:
        _require_client(settings.home_oidc_issuer, settings.home_oidc_client_id, "HOME_OIDC_CLIENT_ID")
        found[Way.HOME] = Provider(
            issuer=settings.home_oidc_issuer,
            client_id=settings.home_oidc_client_id,
            client_secret=settings.home_oidc_client_secret,
            claim=settings.home_oidc_employee_number_claim,
            links_by=LinksBy.EMPLOYEE_NUMBER,
            name=settings.home_oidc_name or settings.home_oidc_issuer,
        )
    return found


def _require_client(issuer: str, client_id: str, setting: str) -> None:
    local = issuer.startswith(("http://localhost", "http://127.0.0.1"))
    if not (issuer.startswith("https://") or local):
        raise SettingsError(f"the issuer {issuer!r} cannot be used: an https:// address is needed")
    if not client_id:
        raise SettingsError(f"{PREFIX}{setting} is needed where an issuer is named")


def _government(settings: Settings, acr_values: str) -> Provider:
    return Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        signing_key=_key(settings.oidc_signing_key, "OIDC_SIGNING_KEY"),
        encryption_key=_key(settings.oidc_encryption_key, "OIDC_ENCRYPTION_KEY"),
        acr_values=acr_values,
        scopes=settings.oidc_scopes,
        claim=settings.oidc_national_number_claim,
    )


def _key(path: Path | None, setting: str) -> PrivateKey | None:
    if path is None:
        return None
    try:
        return read_private_key(path)
    except ValueError as error:
        raise SettingsError(f"{PREFIX}{setting}: {error}") from error
