"""Makes the server's half of STARTTLS (RFC 3207) from the certificate and the key in the settings."""

import ssl

from mail_gateway.errors import CertificateUnusable
from mail_gateway.settings import MailSettings


def server_context(settings: MailSettings) -> ssl.SSLContext | None:
    """Return the context for connections that come in, or None without a certificate.

    Raises `CertificateUnusable` when the files cannot be read or do not belong together.
    """
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    except OSError as error:
        raise CertificateUnusable(settings.tls_certificate, settings.tls_key, error) from error
    return context
