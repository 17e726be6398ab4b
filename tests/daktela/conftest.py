"""Fixtures of the tests that talk to an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests_mock

from tests.helpers.mocked_instance import MockedInstance

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def mocked() -> Iterator[MockedInstance]:
    """Give an instance that requests-mock plays."""
    with requests_mock.Mocker(case_sensitive=True) as mocker:
        yield MockedInstance(mocker)
