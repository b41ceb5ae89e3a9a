"""Settings are read once; what cannot be used is named, with what to do."""

from datetime import date
from ipaddress import ip_network
from pathlib import Path

import pytest

from runtime.settings import SettingsError, read_settings, secret_key


def test_defaults_need_no_service(tmp_path: Path) -> None:
    settings = read_settings({}, tmp_path)

    assert settings.database_url == f"sqlite+aiosqlite:///{Path('var').resolve() / 'balie.db'}"
    assert (settings.public_url, settings.smtp_port) == ("http://127.0.0.1:8080", 2525)
    assert settings.development_mailbox == Path("var").resolve() / "mailbox"


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "balie.toml").write_text('http_port = 9000\nsmtp_port = 2600\ndemo_today = "2026-09-15"\n')

    settings = read_settings({"BALIE_HTTP_PORT": "9001", "OTHER": "x"}, tmp_path)

    assert (settings.http_port, settings.smtp_port, settings.demo_today) == (9001, 2600, date(2026, 9, 15))


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"BALIE_HTP_PORT": "1"}, "unknown setting BALIE_HTP_PORT; did you mean BALIE_HTTP_PORT?"),
        ({"BALIE_HTTP_PORT": "many"}, "BALIE_HTTP_PORT cannot be 'many'"),
        ({"BALIE_RELAY_URL": "mail.example:25"}, "smtp://host:port is needed"),
        ({"BALIE_DATABASE_URL": "mysql://x"}, "must begin with sqlite:/// or postgresql://"),
        ({"BALIE_DESK_ADDRESS": "hr+desk@balie.example"}, "an address such as hr@balie.example is needed"),
        ({"BALIE_DKIM_KEY": "key.pem"}, "BALIE_DKIM_KEY and BALIE_DKIM_SELECTOR go together"),
        ({"BALIE_DKIM_KEY": "key.pem", "BALIE_DKIM_SELECTOR": "a b"}, "BALIE_DKIM_SELECTOR cannot be 'a b'"),
        ({"BALIE_DKIM_DOMAIN": "health.example"}, "it must be balie.example or a domain above it"),
        ({"BALIE_DKIM_DOMAIN": "alie.example"}, "it must be balie.example or a domain above it"),
        ({"BALIE_DNS_SERVER": "dns.example"}, "an address such as 192.0.2.53 or 127.0.0.1#5353 is needed"),
        ({"BALIE_SENDER_CHECK": "perhaps"}, "true or false is needed"),
        ({"BALIE_CLAMD": "localhost"}, "host:port or the path of a socket is needed"),
        ({"BALIE_SMTP_TLS_KEY": "key.pem"}, "name both or neither"),
        ({"BALIE_SMTP_TLS_REQUIRED": "yes"}, "BALIE_SMTP_TLS_REQUIRED needs BALIE_SMTP_TLS_CERTIFICATE"),
        ({"BALIE_SMTP_TLS_REQUIRED": "perhaps"}, "true or false is needed"),
        ({"BALIE_AUTHSERV_PEERS": "192.0.2.1 mx"}, "BALIE_AUTHSERV_PEERS cannot be '192.0.2.1 mx'"),
        ({"BALIE_SELF_SERVICE_URL": "javascript:alert(1)"}, "an address that begins with https:// is needed"),
        ({"BALIE_EXPENSES_URL": "expenses.example"}, "BALIE_EXPENSES_URL cannot be 'expenses.example'"),
        (
            {"BALIE_TEAMS_APP_ID": "x"},
            "Teams needs all of BALIE_TEAMS_APP_ID, BALIE_TEAMS_APP_SECRET, BALIE_TEAMS_TENANT",
        ),
        ({"BALIE_SLACK_BOT_TOKEN": "x"}, "Slack needs all of BALIE_SLACK_SIGNING_SECRET, BALIE_SLACK_BOT_TOKEN"),
        (
            {"BALIE_MATRIX_TOKEN": "x"},
            "Matrix needs all of BALIE_MATRIX_HOMESERVER, BALIE_MATRIX_USER, BALIE_MATRIX_TOKEN",
        ),
        ({"BALIE_MATRIX_HOMESERVER": "chat.example"}, "an address that begins with https:// is needed"),
        ({"BALIE_MATRIX_USER": "balie"}, "an account such as @balie:chat.example is needed"),
        ({"BALIE_DRAFT_DAYS": "0"}, "at least one day is needed"),
        ({"BALIE_DESK_ADDRESS": f"{'a' * 24}@balie.example"}, "at most 23 characters"),
    ],
)
def test_what_cannot_be_used_is_named(environment: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(environment, tmp_path)

    assert said in str(refused.value)


def test_peers_are_addresses_and_networks(tmp_path: Path) -> None:
    settings = read_settings({"BALIE_AUTHSERV_PEERS": "192.0.2.1, 2001:db8::/32"}, tmp_path)

    assert settings.authserv_peers == (ip_network("192.0.2.1/32"), ip_network("2001:db8::/32"))


def test_unknown_key_in_the_file_is_named_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "balie.toml").write_text("relay = 1\n")

    with pytest.raises(SettingsError, match="did you mean relay_url"):
        read_settings({}, tmp_path)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:////data/x.db", "sqlite+aiosqlite:////data/x.db"),
    ],
)
def test_database_address_gets_the_one_driver(given: str, used: str, tmp_path: Path) -> None:
    assert read_settings({"BALIE_DATABASE_URL": given}, tmp_path).database_url == used


def test_secret_key_is_drawn_once_and_is_for_the_owner_alone(tmp_path: Path) -> None:
    settings = read_settings({"BALIE_DATA_DIR": str(tmp_path / "var")}, tmp_path)

    first, second = secret_key(settings), secret_key(settings)

    assert (first == second, len(first) >= 32) == (True, True)
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("given", "used"), [("", ""), ("192.0.2.53", "192.0.2.53#53"), ("::1#5353", "::1#5353")])
def test_name_server_gets_its_usual_port(given: str, used: str, tmp_path: Path) -> None:
    assert read_settings({"BALIE_DNS_SERVER": given}, tmp_path).dns_server == used


def test_mails_are_signed_by_the_domain_of_the_desk_or_one_above_it(tmp_path: Path) -> None:
    named = {"BALIE_DESK_ADDRESS": "hr@desk.balie.example", "BALIE_DKIM_DOMAIN": "Balie.example"}

    assert read_settings({}, tmp_path).dkim_domain == "balie.example"
    assert read_settings(named, tmp_path).dkim_domain == "balie.example"
