"""What is carried through the corridor: frozen values, no I/O, no rule.

Times are seconds since 1970-01-01 UTC (float), so that a value without a zone cannot exist.
"""

from collections.abc import Mapping
from enum import Enum, unique
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

from checkpoint.protocols import Days as Days
from checkpoint.protocols import Hours
from checkpoint.protocols import PublicKey as PublicKey

# A message for people: a locale key and its arguments, a float being a moment; ("=", text) is technical text as is.
Note = tuple[str | float, ...]


@unique
class Outcome(Enum):
    """What a person's visit gives; the value is the word in the JSON."""

    ADMIT = "admit"
    REFUSE = "refuse"
    CHECK = "check"
    NOT_READY = "not_ready"
    UNREADABLE = "unreadable"

    @property
    def exit_code(self) -> int:
        """The exit code of a command whose worst verdict this is."""
        return EXIT_CODES[self]


EXIT_CODES = {Outcome.ADMIT: 0, Outcome.REFUSE: 3, Outcome.CHECK: 4, Outcome.NOT_READY: 5, Outcome.UNREADABLE: 6}


@unique
class Reason(Enum):
    """Why; stable words. The order of definition is the order in which the first that applies wins."""

    NO_CODE = "no_code", Outcome.UNREADABLE
    DAMAGED = "damaged", Outcome.UNREADABLE
    UNSUPPORTED = "unsupported", Outcome.UNREADABLE
    INCOMPLETE = "incomplete", Outcome.UNREADABLE
    TRUST_DAMAGED = "trust_damaged", Outcome.NOT_READY
    TRUST_MISSING = "trust_missing", Outcome.NOT_READY
    DEMO_PASS = "demo_pass", Outcome.REFUSE
    ISSUER_UNKNOWN = "issuer_unknown", Outcome.CHECK
    SIGNATURE_INVALID = "signature_invalid", Outcome.REFUSE
    MALFORMED = "malformed", Outcome.REFUSE
    KEY_REVOKED = "key_revoked", Outcome.REFUSE
    KEY_NOT_ALLOWED = "key_not_allowed", Outcome.REFUSE
    BLOCKED = "blocked", Outcome.REFUSE
    REVOKED = "revoked", Outcome.REFUSE
    CLOCK_SUSPECT = "clock_suspect", Outcome.NOT_READY
    NOT_YET_VALID = "not_yet_valid", Outcome.REFUSE
    EXPIRED = "expired", Outcome.REFUSE
    TRUST_STALE = "trust_stale", Outcome.NOT_READY
    REVOCATION_MISSING = "revocation_missing", Outcome.NOT_READY
    REVOCATION_STALE = "revocation_stale", Outcome.NOT_READY
    INTERNAL = "internal", Outcome.NOT_READY
    ISSUER_MISMATCH = "issuer_mismatch", Outcome.CHECK
    KEY_EXPIRED = "key_expired", Outcome.CHECK
    IDENTITY_ONLY = "identity_only", Outcome.CHECK
    NOT_BOUND = "not_bound", Outcome.CHECK
    PERSON_MISMATCH = "person_mismatch", Outcome.CHECK
    RECORDS_DISAGREE = "records_disagree", Outcome.CHECK
    MORE_EVIDENCE = "more_evidence", Outcome.CHECK
    REUSED = "reused", Outcome.CHECK
    HOLDER_UNCHECKED = "holder_unchecked", Outcome.CHECK
    POLICY_REFUSED = "policy_refused", Outcome.REFUSE
    OK = "ok", Outcome.ADMIT

    def __init__(self, word: str, outcome: Outcome) -> None:
        self.word, self.outcome = word, outcome
        self.rank: int = len(type(self).__members__)


@unique
class Result(Enum):
    """What one check found."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    WARNING = "warning"
    SKIPPED = "skipped"


@unique
class CheckName(Enum):
    """What was looked at, in the order of the corridor."""

    FORMAT = "format"
    SIGNATURE = "signature"
    KEY = "key"
    TIME = "time"
    REVOCATION = "revocation"
    IDENTITY = "identity"
    POLICY = "policy"
    REUSE = "reuse"
    CLOCK = "clock"
    TRUST = "trust"


class Check(NamedTuple):
    """One thing that was looked at; `reason` is set where it stands against admitting."""

    name: CheckName
    result: Result
    note: Note = ()
    reason: Reason | None = None
    remedy: Note = ()


class Refusal(Exception):
    """A pass that cannot go on, raised by formats: a stable reason and a note for people."""

    def __init__(self, reason: Reason, *note: str | float) -> None:
        super().__init__(reason.word, *note)
        self.reason = reason
        self.note: Note = note


class Key(NamedTuple):
    """One key of one issuer, as this station decided or was told to trust it."""

    format: str
    kid: str  # as the format writes it: base64 for COSE, text for JOSE
    public: PublicKey
    issuer: str = ""  # what the pass must name; "" binds nothing
    name: str = ""
    country: str = ""  # ISO 3166-1 alpha-2, "" when unknown
    kinds: frozenset[str] | None = None  # None: may sign any kind
    not_before: float | None = None
    not_after: float | None = None
    fingerprint: str = ""  # hex SHA-256 of the certificate, or of the SubjectPublicKeyInfo
    spki: bytes = b""  # the key itself, DER SubjectPublicKeyInfo
    trust: str = "pinned"
    as_of: float | None = None
    revocation: str = ""  # the revocation source this issuer needs; "" names none
    revoked: bool = False
    test: bool = False
    certificate_id: bytes = b""  # of its certificate, as its CA's list of revoked ones names it; b"" where unknown
    certificate_issuer: bytes = b""  # 16 bytes that stand for that CA; b"" where unknown


class Signer(NamedTuple):
    """What a certificate inside a pass says of itself: it counts for nothing until a trusted authority issued it."""

    certificate: bytes  # DER
    issuer: bytes  # who issued it, as the Name stands in DER
    public: PublicKey
    kid: str
    spki: bytes
    name: str
    country: str  # alpha-2
    kinds: frozenset[str] | None  # what it may sign; None: it does not say
    not_before: float
    not_after: float
    fingerprint: str


class Envelope(NamedTuple):
    """A pass taken apart, nothing in it believed yet."""

    format: str
    kid: str | None
    algorithm: str
    message: bytes  # exactly what the signature covers
    signature: bytes
    payload: bytes
    algorithms: Mapping[str, str]  # type of key: the one algorithm the format allows it
    issuer: str = ""  # the issuer to look the key up by, where the format needs one
    signer: Signer | None = None  # where the pass carries its signer's certificate
    demo: bool | None = None  # whether it says itself that it is a demonstration; None where its format cannot say so


class Verified(NamedTuple):
    """An envelope whose signature held; made in `signature.py` alone, and the only way to `Claims`."""

    envelope: Envelope
    key: Key


class Subject(NamedTuple):
    """Who the pass says it is about."""

    name: str = ""  # family name first, as on the document
    birth_date: str = ""  # ISO 8601, at the precision stated
    family_name: str = ""
    given_name: str = ""
    latin_name: str = ""  # ICAO 9303 transliteration
    document: str = ""
    sex: str = ""  # as stated: ICAO 9303 has M, F and X


class Credential(NamedTuple):
    """One statement of a pass: a dose, a test, a ticket."""

    kind: str
    facts: Mapping[str, str | int | float | bool]


# (kind of id, 16 bytes): the kinds that a format defines, "dcc-uci" for instance
RevocationId = tuple[str, bytes]


class Statement(Protocol):
    """What a pass says beyond its frame, checked before and built when somebody looks: a door mostly does not."""

    @property
    def subject(self) -> Subject | None:
        """Who it is about."""

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """What it states of them."""

    @property
    def revocation_ids(self) -> tuple[RevocationId, ...]:
        """The ids that lists of its format name it by."""


class Stated(NamedTuple):
    """A Statement that is built at once."""

    subject: Subject | None = None
    credentials: tuple[Credential, ...] = ()
    revocation_ids: tuple[RevocationId, ...] = ()


class Claims(NamedTuple):
    """What a verified pass says, in the terms that all formats share."""

    format: str
    signed: bytes  # the bytes that the signature covers: they are the pass, whatever its text looks like
    statement: Statement = Stated()
    issuer: str = ""
    country: str = ""  # of the issuer as claimed, alpha-2; "" where it names none that can be compared
    kinds: frozenset[str] = frozenset()
    issued_at: float | None = None
    valid_from: float | None = None
    valid_until: float | None = None  # the last moment it holds (HCERT 1.1 section 3.3.4: rejected after it)
    end_excluded: bool = False  # that moment itself is too late (RFC 7519 section 4.1.4)
    warnings: tuple[Note, ...] = ()
    disagreements: tuple[Note, ...] = ()  # where what it says contradicts itself
    unbound: bool = False  # the signature leaves fields unprotected
    content: Any = None  # the decoded payload, for policies
    hours: Hours | None = None  # where it holds in some hours of the day only
    days: Days | None = None  # where its dates have no time

    @property
    def digest(self) -> bytes:
        """16 bytes that stand for the credential: the beginning of SHA-256 over what is signed."""
        return sha256(self.signed).digest()[:16]

    @property
    def pass_id(self) -> str:
        """The credential's name towards people and programs: opaque, and the same however its text is written."""
        return f"{self.format}-{self.digest.hex()}"

    @property
    def subject(self) -> Subject | None:
        """Who it is about."""
        return self.statement.subject

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """What it states of them."""
        return self.statement.credentials

    @property
    def revocation_ids(self) -> tuple[RevocationId, ...]:
        """Every id that a list may name it by."""
        return (("pass_id", self.digest), *self.statement.revocation_ids)


class Policy(NamedTuple):
    """Which policy decided."""

    id: str
    version: str
    as_of: float | None = None
    # "person": somebody compares the holder with the pass; "none": whoever brings it may use it, a ticket say.
    holder_check: str = "person"
    bearer: frozenset[str] | None = None  # with "none": the kinds that this is true of; None: of every kind


class Checked(NamedTuple):
    """One pass after every check of its own, before any decision."""

    checks: tuple[Check, ...]
    format: str | None = None
    key: Key | None = None
    claims: Claims | None = None
    revocation_as_of: float | None = None
