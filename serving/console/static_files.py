"""Our own styles, scripts and pictures, each at an address that changes with it."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".svg": "image/svg+xml"}  # fmt: skip


@cache
def static_files() -> Mapping[str, tuple[bytes, str, str]]:
    """(content, media type, fingerprint) of each file of ours."""
    return {
        file.name: (file.read_bytes(), KINDS[file.suffix],
                    hashlib.sha256(file.read_bytes()).hexdigest()[:12])
        for file in sorted(STATIC.iterdir()) if file.suffix in KINDS
    }  # fmt: skip


def static_address(name: str) -> str:
    """The address of one of our files; another one whenever the file changes."""
    return f"/console/static/{name}?v={static_files()[name][2]}"
