"""``evidence verify DIR|ZIP``: the verifier that a package carries; here it checks time stamps without openssl."""

import sys

from cryptography import x509
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from evidence.verifier import verify


class Installed(verify.Verification):
    """The same checks; only where openssl is missing a library takes its place."""

    @staticmethod
    def stamp(checkpoint: bytes, response: bytes, authorities: bytes, chain: bytes) -> bool:
        held: bool | None = verify.openssl_stamp(checkpoint, response, authorities, chain)
        return library_stamp(checkpoint, response, authorities) if held is None else held


def library_stamp(checkpoint: bytes, response: bytes, authorities: bytes) -> bool:
    """Whether the stamp holds under the authorities (PEM), as of the time that it names."""
    try:
        builder = VerifierBuilder()
        for root in x509.load_pem_x509_certificates(authorities):
            builder = builder.add_root_certificate(root)
        return bool(builder.build().verify_message(decode_timestamp_response(response), checkpoint))
    except (VerificationError, ValueError):
        return False


def main() -> int:
    """Exit status 0, 1 or 2 as of the verifier; 2 for another command."""
    if sys.argv[1:2] != ["verify"]:
        sys.stderr.write("用法：evidence verify DIR|ZIP\n")
        return 2
    return int(verify.main(sys.argv[2:], Installed))
