"""`python -m checkpoint`."""

from checkpoint.cli import main

main()
