"""The service over TLS, with a certificate that the test makes for itself."""

import datetime
import ipaddress
import json
import re
import signal
import ssl
import subprocess
import sys

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from features.errors import InputError
from features.home import Home
from serving.tls import Certificate, checked_certificate

PATIENCE_SECONDS = 120
PEM = serialization.Encoding.PEM
PLAIN = serialization.NoEncryption()


def write_key(file, key, encryption=PLAIN):
    file.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, encryption))
    return file


@pytest.fixture
def key():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def files(tmp_path, key):
    """A certificate for 127.0.0.1, signed by itself, and its key."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "huoli")])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day).not_valid_after(now + day)
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path / "certificate.pem"
    file.write_bytes(certificate.public_bytes(PEM))
    return Certificate(file, write_key(tmp_path / "key.pem", key))


def test_a_pair_of_files_that_fit_is_taken_and_no_pair_is_none(files):
    assert checked_certificate(files.certificate, files.key) == files
    assert checked_certificate(None, None) is None


def test_one_file_alone_is_refused(files):
    for pair in ((files.certificate, None), (None, files.key)):
        with pytest.raises(InputError, match="give both --tls-certificate and --tls-key"):
            checked_certificate(*pair)


def test_a_file_that_is_not_there_is_named(files, tmp_path):
    with pytest.raises(InputError, match=r"absent\.pem cannot be read"):
        checked_certificate(files.certificate, tmp_path / "absent.pem")


@pytest.mark.parametrize("kind", ["another key", "a locked key", "no key"])
def test_a_key_that_cannot_be_used_is_refused_without_a_question(files, tmp_path, key, kind):
    file = tmp_path / "other.pem"
    if kind == "another key":
        write_key(file, ec.generate_private_key(ec.SECP256R1()))
    elif kind == "a locked key":
        write_key(file, key, serialization.BestAvailableEncryption(b"secret"))
    else:
        file.write_text("no key")
    with pytest.raises(InputError, match="must be a certificate and its own private key"):
        checked_certificate(files.certificate, file)


def test_it_answers_https_and_asks_browsers_to_keep_to_it(files, tmp_path, company):
    process = subprocess.Popen(
        [sys.executable, "-m", "huoli", "serve", "--port", "0",
         "--tls-certificate", str(files.certificate), "--tls-key", str(files.key)],
        cwd=company.REPOSITORY, env=company.environment(Home(tmp_path / "home")),
        stdout=subprocess.PIPE, stderr=(tmp_path / "log").open("w"), text=True,
    )  # fmt: skip
    try:
        said = (re.search(r"answers at (https://\S+): ", line) for line in process.stdout)
        address = next(found[1] for found in said if found)
        trusted = ssl.create_default_context(cafile=files.certificate)
        found = httpx.get(f"{address}/livez", verify=trusted)
        assert found.status_code == 200
        assert found.headers["strict-transport-security"] == "max-age=31536000"
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{address}/livez".replace("https", "http"))
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    lines = (tmp_path / "log").read_text().splitlines()
    assert "/livez" in [json.loads(line).get("path") for line in lines]
