"""Codes of Viet Nam that say who a person claims to be: no signature, so never more than a claim (`check`)."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from checkpoint.codec.errors import Malformed
from checkpoint.formats.identity import citizen_number
from checkpoint.model import Claims, Credential, Note, RevocationId, Subject

KIND = "identity"
MALE, FEMALE = "male", "female"


class Person(NamedTuple):
    """Whom a code names. What it says beyond that (telephone, address) is not carried on."""

    name: str
    birth_date: str  # ISO 8601; what is masked stays masked
    number: str = ""  # of the citizen; what is masked stays masked
    sex: str = ""
    old_number: str = ""  # of the identity card before, 9 digits
    insurance: str = ""

    @property
    def subject(self) -> Subject:
        """The person in the terms that all formats share."""
        return Subject(self.name, self.birth_date, document=self.number or self.insurance)

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """None: nothing is stated of the person that anybody stands behind."""
        return ()

    @property
    def revocation_ids(self) -> tuple[RevocationId, ...]:
        """None: there is no credential that could be revoked."""
        return ()

    @property
    def known(self) -> Mapping[str, str]:
        """What the parts of one person's evidence are compared by."""
        found = {
            "number": self.number,
            "old_number": self.old_number,
            "insurance": self.insurance,
            "name": self.name,
            "birth_date": self.birth_date,
            "sex": self.sex,
        }
        return {name: value for name, value in found.items() if value}


def claims_of(format: str, text: str, person: Person, warnings: tuple[Note, ...] = ()) -> Claims:
    """What the code claims; a number that contradicts birth year or sex is said to."""
    return Claims(
        format,
        text.encode("utf-8", "surrogatepass"),
        person,
        kinds=frozenset({KIND}),
        warnings=warnings,
        disagreements=citizen_number.disagreements(person.number, person.birth_date, person.sex),
        content=person.known,
    )


def day_month_year(text: str, where: str) -> str:
    """`ddmmyyyy` or `dd/mm/yyyy` as ISO 8601; raises Malformed."""
    digits = text.replace("/", "") if len(text) == 10 and text[2] == text[5] == "/" else text
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        raise Malformed(where)
    try:
        return date(int(digits[4:]), int(digits[2:4]), int(digits[:2])).isoformat()
    except ValueError:
        raise Malformed(where) from None
