"""What the list of addresses is made of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engagement.roles import Scope


@dataclass(frozen=True)
class Address:
    """One address: its methods, and the scope that a key needs for each; None: open to all."""

    scopes: Mapping[str, Scope | None]

    @property
    def method(self) -> str:
        """The first of its methods."""
        return next(iter(self.scopes))

    @property
    def scope(self) -> Scope | None:
        """The scope of the first method."""
        return self.scopes[self.method]


class Listed:
    """Addresses, found by the path of a request."""

    def __init__(self, addresses: Mapping[str, Address]) -> None:
        self._exact = {path: address for path, address in addresses.items() if "{" not in path}
        self._patterns = [
            (re.compile(re.sub(r"{\w+}", "[^/]+", path)), path, address)
            for path, address in addresses.items()
            if "{" in path
        ]

    def of(self, path: str) -> tuple[str, Address] | None:
        """The address that a path is of, as it stands in the list; None where it is of none."""
        if path in self._exact:
            return path, self._exact[path]
        for pattern, listed, address in self._patterns:
            if pattern.fullmatch(path):
                return listed, address
        return None
