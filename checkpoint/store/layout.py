"""Where things are in a station's home."""

ROOT = "keys/root.json"  # the pinned root: the only thing believed without a signature
ADDRESSES = "keys/authority.toml"  # where to fetch from
CURRENT = "cache/current"  # the number of the generation in force
MARK = "state/mark.json"  # the newest state of the authority that was seen
LOCK = "state/lock"  # held by the one sync at work
MAX_ROOT = 512 * 1024  # bytes
