"""The tool's private key for LTI: made, read where nobody else can read it, and shown by its public half."""

import base64
import hashlib
import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from course.errors import CourseError

BITS = 2048  # the least that the 1EdTech Security Framework allows


@dataclass(frozen=True)
class Key:
    """An RSA key.

    Attributes
    ----------
    private : RSAPrivateKey
        Shown by no message and no `repr`.
    kid : str
        Its name: the thumbprint of RFC 7638, so that it needs no setting.
    """

    private: RSAPrivateKey = field(repr=False)

    @property
    def kid(self) -> str:
        public = {name: self._public[name] for name in ("e", "kty", "n")}
        digest = hashlib.sha256(json.dumps(public, separators=(",", ":")).encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    @property
    def _public(self) -> dict[str, str]:
        return jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)

    def as_pem(self) -> str:
        """The public half as Moodle takes it."""
        kind, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        return self.private.public_key().public_bytes(kind, form).decode().rstrip()

    def as_jwk(self) -> str:
        """The public half as Canvas takes it."""
        known = {name: self._public[name] for name in ("kty", "n", "e")}
        return json.dumps({**known, "kid": self.kid, "alg": "RS256", "use": "sig"})


def make(path: Path) -> bool:
    """Make a key that only its owner can read; False where the file is there already, which stays as it is."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise CourseError(f"{path} can't be written: {error.strerror}") from None
    kind, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    with os.fdopen(file, "wb") as open_file:
        key = generate_private_key(public_exponent=65537, key_size=BITS)
        open_file.write(key.private_bytes(kind, form, serialization.NoEncryption()))
    return True


def read(path: Path) -> Key:
    """The key in a file.

    Raises
    ------
    CourseError
        The file can't be read, others may read or change it, or it holds no RSA key of at least 2048 bits.
    """
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())  # of what was opened, whatever the name stands for a moment later
            data = file.read()
    except OSError as error:
        raise CourseError(f"the key {path} can't be read: {error.strerror}") from None
    if about.st_uid not in (os.geteuid(), 0):
        raise CourseError(f"the key {path} belongs to somebody else; wanted a file of yours")
    if about.st_mode & 0o077:
        mode = stat.S_IMODE(about.st_mode)
        raise CourseError(f"others may use the key {path} (its mode is {mode:04o}): chmod 600 {path}")
    try:
        private = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError):  # it is none, or has a password
        private = None
    if not isinstance(private, RSAPrivateKey) or private.key_size < BITS:
        raise CourseError(f"{path} holds no RSA key of {BITS} bits; python -m grading lti-key FILE makes one")
    return Key(private)
