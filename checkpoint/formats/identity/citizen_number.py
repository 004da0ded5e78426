"""The 12 digits of a citizen's number (Circular 59/2021/TT-BCA, article 4): place, century and sex, year of birth."""

import re

from checkpoint.model import Note

_NUMBER = re.compile(r"\d{3}(\d)(\d\d)\d{6}\Z", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_SEXES = ("male", "female")


def disagreements(number: str, birth_date: str, sex: str) -> tuple[Note, ...]:
    """Where the number says another year of birth or sex than the fields beside it; what is masked says nothing."""
    found = _NUMBER.match(number)
    if found is None:
        return ()
    century, odd = divmod(int(found[1]), 2)
    year = 1900 + 100 * century + int(found[2])
    notes: list[Note] = []
    if (stated := _YEAR.match(birth_date)) and int(stated[0]) != year:
        notes.append(("note.number_birth_year", str(year)))
    if sex in _SEXES and sex != _SEXES[odd]:
        notes.append(("note.number_sex",))
    return tuple(notes)
