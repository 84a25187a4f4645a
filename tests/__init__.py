"""The tests mirror the package: `test_<module>.py`, golden trees in `cases/`, helpers in `helpers.py`."""
