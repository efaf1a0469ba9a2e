"""How passwords are hashed where no test makes it quick."""

import argon2

from casesvc.passwords import matches
from tests.casesvc.conftest import SERVICES_OWN


def test_hashes_are_of_argon2id_with_64_mib_and_three_passes():
    """RFC 9106 §4, the second recommended option."""
    made = SERVICES_OWN.hash("Anyang-119-test")
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert argon2.extract_parameters(made) == argon2.profiles.RFC_9106_LOW_MEMORY
    assert matches(made, "Anyang-119-test"), "whatever hashes new ones, what is kept is verified as it was made"
    assert not matches(made, "Anyang-119-tesT")
