"""Which hash belongs to which curve in ICAO's seals and barcodes: the key alone fixes the algorithm."""

from types import MappingProxyType

# Doc 9303-13 section 2.2.1 and BSI TR-03116-2: a hash as long as the curve.
ALGORITHMS = MappingProxyType(
    {
        "P-256": "ES256",
        "brainpoolP256r1": "ES256",
        "P-384": "ES384",
        "brainpoolP384r1": "ES384",
        "P-521": "ES512",
        "brainpoolP512r1": "ES512",
    }
)
# Of a raw signature, r and s as long as the curve: the one hash it can have been made with.
BY_LENGTH = MappingProxyType({64: "ES256", 96: "ES384", 128: "ES512", 132: "ES512"})
