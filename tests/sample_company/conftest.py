"""Simulated companies, made once for all tests of this folder."""

from datetime import date

import pytest

from sample_company.settings import Settings
from sample_company.world import simulate

END = date(2026, 3, 2)


@pytest.fixture(scope="session")
def small():
    """A world of 300 people over 8 months."""
    return simulate(Settings(300, 8, END))


@pytest.fixture(scope="session")
def middle():
    """A world of 600 people over 24 months."""
    return simulate(Settings(600, 24, END))


@pytest.fixture(scope="session")
def large():
    """A world of the full size."""
    return simulate(Settings(5_000, 24, END))
