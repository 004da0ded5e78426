"""Root ceremonies: the first root and its keys; later a lost key replaced, a new online key, another threshold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from tuf.api.metadata import Key

from checkpoint.authority import Progress, Refused, roles, silent, station_policy
from checkpoint.authority.draft import Draft, Report
from checkpoint.authority.folder import Folder
from checkpoint.authority.publish import add_staged
from checkpoint.authority.roles import Holders
from checkpoint.authority.vault import Vault, free_name
from checkpoint.store.lines import write_file


@dataclass(frozen=True, slots=True)
class Plan:
    """How many keys each role gets, and how many must sign. `hardware`: role -> (URI, PEM of the public key)."""

    root_keys: int = 3
    root_threshold: int = 2
    issuer_keys: int = 1
    issuer_threshold: int = 1
    policy_keys: int = 1
    policy_threshold: int = 1
    hardware: Mapping[str, tuple[tuple[str, bytes], ...]] = field(default_factory=dict)

    def numbers(self) -> dict[str, tuple[int, int]]:
        """Role: (keys, threshold); raises Refused for a threshold that its keys can never meet."""
        found = {
            "root": (self.root_keys, self.root_threshold),
            "issuers": (self.issuer_keys, self.issuer_threshold),
            "policy": (self.policy_keys, self.policy_threshold),
            "revocation": (1, 1),
            "online": (1, 1),
        }
        for role, (keys, threshold) in found.items():
            if not 1 <= threshold <= keys <= 16:
                raise Refused(f"{role}: {threshold} of {keys} keys cannot be", "choose 1 <= threshold <= keys <= 16")
        return found


def init(folder: Folder, vault: Vault, plan: Plan, now: float, progress: Progress = silent) -> Report:
    """Make the keys, the first root and a whole, empty repository; raises Refused where there is one already."""
    with folder.locked(), vault.undone(folder):
        _require_empty(folder)
        numbers = plan.numbers()
        _check_hardware({role: len(found) for role, found in plan.hardware.items()}, numbers)
        holders = {}
        for done, (role, (count, threshold)) in enumerate(numbers.items()):
            progress("keys", done, len(numbers))
            holders[role] = Holders(_keys(folder, vault, role, count, plan), threshold)
        root = roles.root(1, holders["root"], holders["online"], now)
        if not (folder.staged / station_policy.PATH).exists():
            station_policy.write_first(folder)
        draft = Draft(folder, vault, now, root)
        draft.targets = roles.targets(1, {role: holders[role] for role in roles.DELEGATED}, now)
        add_staged(draft)
        draft.add_targets(draft.targets)
        first = draft.signed("root", root, root)
        draft.roots.append(first)
        draft.commit("init", {"root": sha256(first.data).hexdigest()}, progress)
        write_file(folder.first_root, first.data)  # last: from now on there is an authority here
        return draft.report


def _check_hardware(given: Mapping[str, int], numbers: Mapping[str, tuple[int, int]]) -> None:
    for role, count in given.items():
        if role not in numbers:
            raise Refused(f"there is no role named {role}", f"--signer: one of {', '.join(numbers)}")
        _check_signers(role, count, numbers[role][0])


def _check_signers(role: str, signers: int, keys: int) -> None:
    """Raise Refused where a signer would be left out: a key would be made in software that nobody expects there."""
    if signers > keys:
        raise Refused(f"{role}: {signers} signers in hardware and {keys} key to make", "--signer once for each key")


def _require_empty(folder: Folder) -> None:
    if folder.first_root.exists():
        raise Refused(f"there is an authority in {folder.root} already", "checkpoint authority status")
    if folder.keys.is_dir() and any(folder.keys.glob("*.key")):
        raise Refused(f"{folder.keys} has keys but no root: an init was cut short", "delete them and start again")


def _keys(folder: Folder, vault: Vault, role: str, count: int, plan: Plan) -> tuple[Key, ...]:
    return new_keys(folder, vault, role, count, plan.hardware.get(role, ()))


def new_keys(
    folder: Folder, vault: Vault, role: str, count: int, hardware: Sequence[tuple[str, bytes]] = ()
) -> tuple[Key, ...]:
    """`count` new keys of a role, the first of them in hardware where `hardware` says so: (URI, PEM) each."""
    _check_signers(role, len(hardware), count)
    found = []
    for number in range(count):
        name = free_name(folder, role)
        if number < len(hardware):
            found.append(vault.enlist(folder, name, role, *hardware[number]))
        else:
            found.append(vault.create(folder, name, role))
    return tuple(found)
