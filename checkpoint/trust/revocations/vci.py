"""The VCI directory's snapshot: the CRLs of many issuers of SMART Health Cards in one file."""

from collections.abc import Mapping
from typing import Any

from checkpoint.trust.revocations import Found, ListRefused, Options, shc
from checkpoint.trust.revocations.objects import has_names, listed, load

NAME = "vci"


def matches(data: bytes) -> bool:
    """A JSON object with "issuerInfo"."""
    return has_names(data, b"issuerInfo")


def read(data: bytes, options: Options) -> Found:
    """The rids of every CRL in the snapshot; a CRL that must be refused is left out with its reason."""
    found = Found()
    for info in listed(load(data, "a VCI snapshot"), "issuerInfo"):
        if isinstance(info, dict):
            _add(found, info, options)
        else:
            found.skip(info, "bad_entry: no issuer")
    return found


def _add(found: Found, info: dict[str, Any], options: Options) -> None:
    versions = {**_versions(info.get("keys")), **options.versions}
    lists = info.get("crls") or []
    for crl in lists if isinstance(lists, list) else [lists]:
        try:
            shc.add(found, crl, versions)
        except ListRefused as error:
            found.skip(str(crl.get("kid")) if isinstance(crl, dict) else crl, str(error))


def _versions(keys: Any) -> Mapping[str, int]:
    """Each key's `crlVersion`, where it states one."""
    stated = [one for one in keys if isinstance(one, dict)] if isinstance(keys, list) else []
    found = {str(one.get("kid")): shc.counter(one.get("crlVersion")) for one in stated}
    return {kid: version for kid, version in found.items() if version is not None}
