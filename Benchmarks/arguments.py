"""What the benchmarks' commands share of reading their arguments."""

import argparse


def within(low, high, kind):
    """A type of argument: a number of a kind from `low` to `high`."""
    def parse(text):
        value = kind(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low} to {high}")
        return value

    return parse
