"""The certificate with which the service answers over TLS, checked before anything slow begins."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from features.errors import InputError


@dataclass(frozen=True)
class Certificate:
    """Two PEM files: the certificate with its chain, and its private key without a password."""

    certificate: Path
    key: Path


def checked_certificate(certificate: Path | None, key: Path | None) -> Certificate | None:
    """The pair of files; None where neither is given.

    Raises:
        InputError: one of them is missing or cannot be read, or they do not belong together.
    """
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise InputError("give both --tls-certificate and --tls-key, or neither")
    for file in (certificate, key):
        try:
            file.read_bytes()
        except OSError as error:
            raise InputError("{file} cannot be read: {problem}", file=file.name,
                             problem=error.strerror) from error  # fmt: skip
    try:
        # with an empty password a locked key fails here, and nobody is asked for one
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        raise InputError(
            "{certificate} and {key} must be a certificate and its own private key, in PEM and "
            "without a password",
            certificate=certificate.name, key=key.name,
        ) from error  # fmt: skip
    return Certificate(certificate, key)
