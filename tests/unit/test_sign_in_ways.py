"""Which ways to sign in the settings name, and what cannot be used is said."""

from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from casework.digital_keys.models import Way
from casework.digital_keys.openid.provider import LinksBy
from runtime.settings import SettingsError, read_settings
from runtime.sign_in_ways import read_offer

CSAM = {"BALIE_OIDC_ISSUER": "https://idp.example", "BALIE_OIDC_CLIENT_ID": "balie"}


def test_without_settings_every_way_is_shown_and_those_without_a_provider_do_not_work(tmp_path):
    offer = read_offer(read_settings({}, tmp_path))

    assert offer.ways == frozenset(Way)
    assert {way for way in Way if not offer.works(way)} == {Way.EID, Way.ITSME, Way.HOME}
    assert {way for way in Way if not offer.shows(way)} == {Way.HOME}


def test_eid_and_itsme_share_a_provider_and_ask_for_their_own_level(tmp_path):
    key = tmp_path / "key.pem"
    key.write_bytes(RSAKey.generate_key(2048).as_pem(private=True))
    told = {"BALIE_OIDC_SIGNING_KEY": str(key), "BALIE_OIDC_EID_ACR": "a b", "BALIE_OIDC_ITSME_ACR": "c"}

    offer = read_offer(read_settings(CSAM | told, tmp_path))

    eid, itsme = offer.providers[Way.EID], offer.providers[Way.ITSME]
    assert (eid.acr_values, itsme.acr_values, eid.issuer) == ("a b", "c", itsme.issuer)
    assert (eid.signing_key is None, eid.encryption_key is None) == (False, True)
    assert eid.links_by is LinksBy.NATIONAL_NUMBER


def test_a_desk_can_leave_ways_out(tmp_path):
    offer = read_offer(read_settings({"BALIE_SIGN_IN_WAYS": "password_app, mail_code"}, tmp_path))

    assert offer.ways == {Way.PASSWORD_APP, Way.MAIL_CODE}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"BALIE_SIGN_IN_WAYS": "eid smoke"}, "cannot hold ['smoke']"),
        ({"BALIE_SIGN_IN_WAYS": " "}, "cannot hold nothing"),
        ({"BALIE_OIDC_ISSUER": "http://idp.example"}, "an https:// address is needed"),
        ({"BALIE_OIDC_ISSUER": "https://idp.example"}, "BALIE_OIDC_CLIENT_ID is needed"),
        ({"BALIE_HOME_OIDC_ISSUER": "https://idp.example"}, "BALIE_HOME_OIDC_CLIENT_ID is needed"),
        (CSAM | {"BALIE_OIDC_SIGNING_KEY": "/nowhere.pem"}, "BALIE_OIDC_SIGNING_KEY: /nowhere.pem cannot be read"),
    ],
)
def test_what_cannot_be_used_is_named(told: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read_offer(read_settings(told, tmp_path))

    assert said in str(refused.value)


def test_a_file_without_a_private_key_is_named(tmp_path):
    key = tmp_path / "key.pem"
    key.write_bytes(RSAKey.generate_key(2048).as_pem(private=False))

    with pytest.raises(SettingsError, match="holds no private RSA or elliptic curve key"):
        read_offer(read_settings(CSAM | {"BALIE_OIDC_ENCRYPTION_KEY": str(key)}, tmp_path))
