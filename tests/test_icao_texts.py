"""C40, packed dates, machine readable zones, names of states and references: each by its specification."""

import random

import pytest

from checkpoint.codec import c40, signer
from checkpoint.codec.errors import Malformed
from checkpoint.formats.icao import dates, mrz
from checkpoint.formats.icao.countries import comparable, two_letters
from tests.document_issuers import Signer, french, zone

DAY = "2022-04-01"


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("XK CD", "eb0466a9"),  # TR-03137-1 annex B, tables 6 and 7
        ("XKCD", "eb11fe45"),
        ("BSI01", "62d719c9"),
        ("DETS00027", "6d32c8a519fc"),
        ("D  ", "6abc"),
        ("", ""),
    ],
)
def test_c40_is_written_and_read_as_in_the_examples_of_the_guideline(text: str, data: str) -> None:
    assert c40.encode(text).hex() == data
    assert c40.decode(bytes.fromhex(data)) == text
    assert len(bytes.fromhex(data)) == c40.size(len(text))


def test_every_text_comes_back_from_c40() -> None:
    chance = random.Random(1)
    for size in range(60):
        text = "".join(chance.choice(c40.CHARACTERS) for _ in range(size))
        assert c40.decode(c40.encode(text)) == text


def test_every_pair_of_bytes_is_text_of_one_writing_or_refused() -> None:
    read = 0
    for number in range(65_536):
        data = number.to_bytes(2, "big")
        try:
            text = c40.decode(data)
        except Malformed:
            continue
        assert c40.encode(text) == data
        read += 1
    assert read == 37**3 + 37**2 + 37


@pytest.mark.parametrize("data", [b"\x6a", b"\xfe\x45\x6a\xbc", b"\x66\xa9\x6a\xbc", b"\xfe\x00", b"\xfe\xff", b"\0\0"])
def test_c40_has_no_odd_length_no_filler_inside_and_no_single_character_before_the_end(data: bytes) -> None:
    with pytest.raises(Malformed):
        c40.decode(data)


@pytest.mark.parametrize("text", ["abc", "A<B", "Đ", "A\0"])
def test_c40_writes_capitals_digits_and_spaces_alone(text: str) -> None:
    with pytest.raises(Malformed):
        c40.encode(text)


def test_a_date_is_packed_as_in_the_example_of_the_guideline() -> None:
    assert dates.pack("1957-03-25") == bytes.fromhex("319ef5")
    assert dates.packed_date(bytes.fromhex("319ef5"), "x") == "1957-03-25"


@pytest.mark.parametrize(
    ("mask", "digits", "expected"),
    [
        (0x00, "03251957", "1957-03-25"),
        (0x30, "03001957", "1957-03"),
        (0xF0, "00001957", "1957"),
        (0xFF, "00000000", ""),
        (0x0F, "03250000", ""),  # a day of no year is none
        (0x03, "03251900", ""),
    ],
)
def test_what_a_mask_calls_unknown_ends_the_date(mask: int, digits: str, expected: str) -> None:
    assert dates.masked_date(bytes((mask,)) + int(digits).to_bytes(3, "big"), "x") == expected


@pytest.mark.parametrize("digits", ["00000000", "13012022", "02302022", "02292023", "01322022", "01010000", "16777215"])
def test_a_known_date_that_is_none_is_refused(digits: str) -> None:
    with pytest.raises(Malformed):
        dates.packed_date(int(digits).to_bytes(3, "big"), "x")


@pytest.mark.parametrize("size", [0, 2, 4])
def test_a_date_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(Malformed):
        dates.packed_date(bytes(size), "x")


@pytest.mark.parametrize("kind", mrz.LAYOUTS)
def test_a_zone_of_every_kind_is_read_where_its_fields_stand(kind: str) -> None:
    found = mrz.read(zone(kind), kind, DAY)
    assert (found.family, found.given, found.number) == ("NGUYEN", "BAO DUY", "652584509")
    assert (found.born, found.expires, found.sex, found.nationality) == ("1983-10-10", "2027-01-31", "M", "VNM")
    assert (found.code, found.state, found.faults) == ("AR", "D", ())


def test_the_example_of_the_standard_has_its_check_digits() -> None:
    """ICAO Doc 9303-3 section 4.9 and 9303-4 appendix."""
    assert [mrz.check_digit(text) for text in ("520727", "AB2134<<<", "L898902C3", "740812", "120415")] == list("35629")
    text = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    found = mrz.read(text, "TD3", DAY)
    assert (found.family, found.given, found.number) == ("ERIKSSON", "ANNA MARIA", "L898902C3")
    assert (found.born, found.expires, found.faults) == ("1974-08-12", "2012-04-15", ())


def test_a_number_of_more_than_nine_characters_goes_on_in_the_optional_data() -> None:
    """ICAO Doc 9303-5: the check digit gives way to a filler, and stands behind the rest."""
    text = list(zone("TD1", number="D23145890"))
    text[14] = "<"
    text[15:19] = list("7349")
    assert mrz.read("".join(text), "TD1", DAY).number == "D23145890734"


@pytest.mark.parametrize(
    ("digits", "signed", "expected"),
    [
        ("831010", DAY, "1983-10-10"),
        ("220101", DAY, "2022-01-01"),
        ("230101", DAY, "1923-01-01"),
        ("000229", DAY, "2000-02-29"),
        ("83<<<<", DAY, "1983"),
        ("8310<<", DAY, "1983-10"),
        ("<<<<<<", DAY, ""),
    ],
)
def test_a_birth_lies_before_the_day_of_signature(digits: str, signed: str, expected: str) -> None:
    assert mrz.read(zone(born=digits), "TD2", signed).born == expected


@pytest.mark.parametrize("changes", [{"born": "83<<10"}, {"born": "8<1010"}, {"expires": "27<<<<"}, {"sex": "Z"}])
def test_a_zone_with_an_impossible_field_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        mrz.read(zone(**changes), "TD2", DAY)


def test_a_zone_longer_than_its_kind_is_refused() -> None:
    with pytest.raises(Malformed):
        mrz.read(zone("TD3"), "TD2", DAY)
    assert mrz.read(zone("TD2") + "  ", "TD2", DAY).number == "652584509"


def test_states_are_compared_by_two_letters_and_utopia_with_nothing() -> None:
    assert [two_letters(one) for one in ("D", "FRA", "VNM", "UTO", "EUE")] == ["DE", "FR", "VN", "UT", "EU"]
    assert comparable("D", "DE") == "DE"
    assert comparable("UTO", "DE") == comparable("D", "UT") == ""
    assert comparable("XQX", "DE") not in ("", "DE")


def test_a_certificate_is_called_by_its_names_its_number_and_its_hash() -> None:
    one = Signer(serial=0xABC)
    assert signer.naming(one.der) == ("DE", "TS", "CSCA", 0xABC)
    assert signer.naming(french().der)[1:3] == ("0001", "FR00")
    assert len(signer.barcode_kid(one.der)) == 10
    for broken in (b"", b"\x30\x00", one.der[:-1], one.der + b"\0"):
        with pytest.raises(Malformed):
            signer.naming(broken)


@pytest.mark.parametrize(
    ("reference", "kid"), [("00027", "DETS27"), ("5b", "DETS5B"), ("00000", "DETS0"), ("", "DETS0"), ("0A0", "DETSA0")]
)
def test_zeros_in_front_of_a_reference_say_nothing(reference: str, kid: str) -> None:
    assert signer.seal_kid("dets", reference) == kid
