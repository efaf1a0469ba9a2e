"""Time stamps of checkpoints (RFC 3161): the request, and the verification of what an authority answers.

A stamp is over SHA-256 of a checkpoint's bytes, so that ``openssl ts -verify -data checkpoint`` needs no preparation.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from evidence.errors_proof import StampRefused


@dataclass(frozen=True)
class Stamp:
    """An answer that was verified: the moment it names, its bytes (DER), and the certificates of its signer (PEM)."""

    at: datetime
    response: bytes
    certificates: bytes


def request_for(note: bytes) -> TimeStampRequest:
    """A request with a nonce for the bytes of a checkpoint, which asks for the signer's certificate."""
    return TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=True).build()


def accepted(request: TimeStampRequest, note: bytes, answer: bytes, authorities: bytes) -> Stamp:
    """The stamp that ``answer`` (DER) is of ``note``, by an authority below a certificate of ``authorities`` (PEM).

    Raises StampRefused for anything else, with the reason.
    """
    try:
        response = decode_timestamp_response(answer)
        known = x509.load_pem_x509_certificates(authorities)
        verifier = VerifierBuilder.from_request(request)
        for certificate in known:
            own = certificate.issuer == certificate.subject
            verifier = (
                verifier.add_root_certificate(certificate)
                if own
                else verifier.add_intermediate_certificate(certificate)
            )
        verifier.build().verify_message(response, note)
        signers = [x509.load_der_x509_certificate(each) for each in response.signed_data.certificates]
    except (VerificationError, ValueError) as reason:
        raise StampRefused(str(reason)) from reason
    chain = signers + [each for each in known if each not in signers]
    chain.sort(key=lambda each: each.issuer == each.subject)  # the root last
    return Stamp(response.tst_info.gen_time, answer, b"".join(each.public_bytes(Encoding.PEM) for each in chain))


def stamped_digest(response: bytes) -> bytes:
    """The digest that a kept stamp is of; empty where it is no stamp."""
    try:
        return bytes(decode_timestamp_response(response).tst_info.message_imprint.message)
    except ValueError:
        return b""
