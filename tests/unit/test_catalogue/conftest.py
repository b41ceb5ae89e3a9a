import pytest

from casework.catalogue import service


@pytest.fixture(scope="session")
def catalogue():
    return service.load_catalogue()
