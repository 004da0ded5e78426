"""Every benchmark, one after the other: `python -m bench [--quick]`. Long soaks are scripts of their own."""

import sys

from bench import corridor, decode, formats, revocation, startup, sync


def main() -> None:
    quick = ["--quick"] if "--quick" in sys.argv else []
    for benchmark, arguments in (
        (corridor, quick),
        (formats, quick),
        (startup, quick),
        (decode, ["--frames", "4" if quick else "24"]),
        (revocation, ["--entries", "100000" if quick else "1000000"]),
        (sync, quick),
    ):
        sys.argv = [f"bench.{benchmark.__name__}", *arguments]
        benchmark.main()


if __name__ == "__main__":
    main()
