"""What the terms of a DIVOC certificate mean: name by name, the IRI under which the signature covers the value.

The signature is over these IRIs, not over the names. Several names share one, so which of them a signed value stood
under is not signed; `Record` in this folder shows only what is.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

SCHEMA = "https://schema.org/"
CREDENTIALS = "https://www.w3.org/2018/credentials#"
W3C = "https://www.w3.org/2018/credentials/v1"
SECURITY = "https://w3id.org/security/v2"
VACCINATION, FACILITY = "vac:Vaccination", "vac:Facility"

_ADDRESS = (
    "streetAddress=schema:streetAddress streetAddress2=vac:addressLine2 city=vac:city district=vac:district "
    "addressRegion=schema:addressRegion postalCode=schema:postalCode addressCountry=schema:addressCountry"
)
_PERSON = (
    "refId=schema:id uhid=schema:id name=schema:name age=schema:Number gender=schema:gender sex=schema:gender "
    "nationality=schema:nationality"
)
_EVENT = (
    "certificateId=schema:id feedbackUrl=schema:url infoUrl=schema:url batch=schema:id vaccine=schema:id "
    "manufacturer=schema:id date=schema:date effectiveStart=schema:date effectiveUntil=schema:date "
    "dose=schema:doseValue totalDoses=schema:doseValue"
)
# The second edition adds three names; some states serve it under an address that ends in v1.
_FIRST, _SECOND = ("", ""), (" dob=schema:date", " icd11Code=schema:id prophylaxis=schema:name")
_EDITIONS = {
    "https://cowin.gov.in/credentials/vaccination/v1": _FIRST,
    "https://cowin.gov.in/credentials/vaccination/v2": _SECOND,
    "https://divoc.dev/credentials/vaccination/v1": _SECOND,
    "https://divoc.dev/credentials/vaccination/v2": _SECOND,
    "https://divoc.lgcc.gov.lk/credentials/vaccination/v1": _SECOND,
    "https://divoc.lgcc.gov.lk/credentials/vaccination/v2": _SECOND,
    "https://divoc.prod/vaccine/credentials/vaccination/v1": _SECOND,
    "https://www.pedulilindungi.id/credentials/vaccination/v2": _SECOND,
}


def _terms(pairs: str) -> dict[str, Any]:
    return dict(pair.split("=") for pair in pairs.split())


def _scoped(iri: str, pairs: str, **terms: Any) -> dict[str, Any]:
    return {"@id": iri, "@context": {"@version": 1.1, **_terms(pairs), **terms}}


def _context(address_of_it: str, person: str, event: str) -> dict[str, Any]:
    address = _scoped("schema:PostalAddress", _ADDRESS)
    verifier = _scoped("vac:verifier", "id=schema:id name=schema:name sign-image=schema:image")
    facility = _scoped(FACILITY, "name=schema:name seal-image=schema:image", address=address)
    return {
        "@context": {
            "@version": 1.1,
            "id": "@id",
            "type": "@type",
            "schema": SCHEMA,
            "vac": address_of_it,
            "ProofOfVaccinationCredential": _scoped(
                "schema:ProofOfVaccinationCredential", "nonTransferable=vac:nonTransferable"
            ),
            "Person": _scoped("schema:Person", _PERSON + person, address=address),
            "Vaccination": _scoped(VACCINATION, _EVENT + event, verifier=verifier, facility=facility),
        }
    }


CONTEXTS: Mapping[str, Any] = MappingProxyType(
    {address: _context(address, *names) for address, names in _EDITIONS.items()}
)
