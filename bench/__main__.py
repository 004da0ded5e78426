"""Every benchmark, one after the other: `python -m bench [--quick]`."""

import sys

from bench import corridor, decode, startup


def main() -> None:
    corridor.main()
    startup.main()
    frames = "4" if "--quick" in sys.argv else "24"
    sys.argv = [sys.argv[0], "--frames", frames]
    decode.main()


if __name__ == "__main__":
    main()
