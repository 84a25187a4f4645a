"""Certificates for servers of tests."""

from __future__ import annotations

import subprocess
from pathlib import Path


def certify(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for this machine, signed by nobody but itself, and its key; returns the two files."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key)]
    name = ["-subj", "/CN=tests", "-addext", "subjectAltName=IP:127.0.0.1"]
    words = ["openssl", "req", "-x509", *kind, *name, "-out", str(certificate)]
    subprocess.run(words, check=True, capture_output=True)
    return certificate, key
