"""Time check, generate and xml against `jenkins-jobs test`, on copies of the committed components.

    python -m benchmarks.generate [COMPONENTS]

Prints seconds of wall time, each a whole process. JJB starts from the finished YAML, jjbgen from the descriptors.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def config_repo(folder: Path, number: int) -> None:
    """A config repo with `number` components in the shape of the committed ones, each of its own."""
    for name in ("jjbgen.yaml", "plugins.yaml"):
        (folder / name).write_text((ROOT / name).read_text())
    components = folder / "components"
    components.mkdir()
    # Left out: what sets its jobs' names itself or names other components would clash or dangle in a copy.
    originals = [
        path
        for path in sorted((ROOT / "components").glob("*.yaml"))
        if "job-name" not in path.read_text() and "component:" not in path.read_text()
    ]
    for index in range(number):
        original = originals[index % len(originals)]
        name = f"{original.stem}-{index}"
        text = re.sub(rf"\b{re.escape(original.stem)}\b(?!/)", name, original.read_text())
        (components / f"{name}.yaml").write_text(text)


def seconds(words: list[str], folder: Path) -> float:
    """Wall time of a process that has to succeed."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    start = time.perf_counter()
    subprocess.run(words, cwd=folder, check=True, capture_output=True, env=environment)
    return time.perf_counter() - start


def main() -> None:
    """Make the repo, run everything once, print a table."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 250
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config_repo(folder, number)
        jjbgen = str(BIN / "jjbgen")
        rows = {
            "jjbgen check": [jjbgen, "check"],
            "jjbgen generate": [jjbgen, "generate"],
            "jjbgen generate, nothing changed": [jjbgen, "generate"],
            "jjbgen xml": [jjbgen, "xml", "-o", "xml"],
            "jenkins-jobs test": [str(BIN / "jenkins-jobs"), "test", "-r", "jobs-output", "-o", "jjb", "--config-xml"],
        }
        for what, words in rows.items():
            print(f"{seconds(words, folder):8.2f} s  {what}")
        jobs = sum(1 for _ in (folder / "xml").rglob("config.xml"))
        print(f"{number} components, {jobs} jobs and views")


if __name__ == "__main__":
    main()
