"""Certificate requests (PKCS #10, RFC 2986) signed over MD5 or SHA-1, which the library does not make."""

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from cryptomap.crypto.rsa import RsaKeyPair
from cryptomap.pki.scep.cms import Algorithm
from cryptomap.pki.scep.suite import Digest


@asn1.sequence
class _Request:
    info: asn1.TLV
    algorithm: Algorithm
    signature: asn1.BitString


def signed_again(request: bytes, pair: RsaKeyPair, digest: Digest) -> bytes:
    """The same request in DER, signed over another hash."""
    info = x509.load_der_x509_csr(request).tbs_certrequest_bytes
    signature = pair.private.sign(info, PKCS1v15(), digest.hash)
    return asn1.encode_der(
        _Request(
            info=asn1.decode_der(asn1.TLV, info),
            algorithm=Algorithm(kind=digest.signature, parameters=asn1.Null()),
            signature=asn1.BitString(signature, 0),
        )
    )
