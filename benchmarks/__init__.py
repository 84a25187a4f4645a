"""Timings, measured and printed; never assertions."""
