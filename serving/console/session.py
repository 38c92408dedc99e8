"""Who is signed in to the console: a signed cookie that names a key, and forms bound to it.

The cookie is HTTP-only and says which key it was exchanged for; the key is looked up at each
request, so that one that is revoked or expires ends its sessions too. A form carries a token made
of the session's own number: another site can neither read nor guess it.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadSignature, URLSafeTimedSerializer

from features.home import Home

COOKIE = "huoli_session"
FIELD = "form_token"
SECONDS = 12 * 3600
SALT = "huoli console session"


@dataclass(frozen=True)
class Session:
    """One signing-in: by which key, and a number of its own."""

    key_id: str
    nonce: str


class Sessions:
    """Makes and reads the sessions of one home; its secret is readable for the owner alone."""

    def __init__(self, home: Home) -> None:
        self._file = secret_file(home)
        self._secret = b""

    @property
    def secret(self) -> bytes:
        """The home's own secret, made when first needed; of several processes one makes it."""
        if not self._secret:
            self._secret = _kept(self._file)
        return self._secret

    def cookie(self, session: Session) -> str:
        """What the browser keeps."""
        return str(self._serializer().dumps([session.key_id, session.nonce]))

    def read(self, cookie: str) -> Session | None:
        """The session of a cookie; None where it is not ours, was changed, or is too old."""
        if not cookie:
            return None
        try:
            key_id, nonce = self._serializer().loads(cookie, max_age=SECONDS)
        except (BadSignature, ValueError, TypeError):
            return None
        return Session(str(key_id), str(nonce))

    def form_token(self, session: Session, salt: str | None = None) -> str:
        """What every form of the session carries; each page another, as pages are compressed."""
        salt = salt or secrets.token_hex(8)
        content = f"form {session.nonce} {salt}".encode()
        return f"{salt}.{hmac.new(self.secret, content, hashlib.sha256).hexdigest()}"

    def is_own(self, session: Session, form_token: str) -> bool:
        """Whether a form was given out in this session."""
        salt = form_token.partition(".")[0]
        return bool(salt) and hmac.compare_digest(
            self.form_token(session, salt).encode(), form_token.encode()
        )

    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self.secret, salt=SALT, signer_kwargs={"digest_method": hashlib.sha256}
        )


def new_session(key_id: str) -> Session:
    """A session of its own number."""
    return Session(key_id, secrets.token_hex(16))


def secret_file(home: Home) -> Path:
    """Where the secret is kept."""
    return home.data / "console_secret"


def _kept(file: Path) -> bytes:
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(secrets.token_bytes(32))
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, file)  # fails where another process was first
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_bytes()
