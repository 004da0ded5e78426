"""Measurements that stand behind choices in the code."""

import sys
from pathlib import Path

# The benchmarks use the tests' own made authorities and passes; run as `python -m bench` from the checkout.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
