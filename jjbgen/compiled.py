"""Our templates as Jinja has compiled them, kept beside what Python has compiled of our modules.

Compiling them takes a tenth of a second, and that in every process. They are kept where Python keeps its own: whoever
can write there can change the program itself. So it is never the cache of a user or of a CI system, which others may
fill; and where the program is installed for reading only, nothing is kept.
"""

from __future__ import annotations

import marshal
import os
import shutil
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket

from jjbgen import cache, disk
from jjbgen.load import Templates
from jjbgen.notebook import believed, fingerprint, signed
from jjbgen.render import Renderer
from jjbgen.templating import Environment

_PREFIX = f"templates-{sys.implementation.cache_tag}-"


class Compiled(jinja2.BytecodeCache):
    """Code in files of a folder, by template; what is damaged or of another text is not believed."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take the code of a template, if it is there."""
        with suppress(OSError):
            body = believed(disk.data_of_file(self._path(bucket)), bucket.checksum.encode())
            if body is not None:
                bucket.code = marshal.loads(body)  # noqa: S302 - see above

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template, if that can be done."""
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            disk.write(self._path(bucket), signed(marshal.dumps(bucket.code), bucket.checksum.encode()))

    def _path(self, bucket: Bucket) -> str:
        language = bucket.environment.language.__name__ if isinstance(bucket.environment, Environment) else ""
        return f"{self._folder}/{language}{bucket.key}"


def renderer_of(templates: Templates) -> Renderer:
    """What renders with these templates."""
    # Those of a config repo are compiled each time.
    return Renderer(templates, None if templates.own else _kept())


def _kept() -> Compiled | None:
    """What is kept of this very program; None where it is not to write."""
    beside = Path(cache_from_source(__file__)).parent
    # Compiling works out what does not depend on values, so what another version of ours has kept may be wrong.
    known = fingerprint(repr((sys.version, *cache.program())).encode("utf-8", "surrogateescape"))
    folder = beside / f"{_PREFIX}{known}"
    with suppress(OSError):
        if not folder.is_dir():
            if sys.dont_write_bytecode or not os.access(beside, os.W_OK):
                return None
            folder.mkdir(exist_ok=True)
            for other in beside.glob(f"{_PREFIX}*"):
                # Another process may be filling ours already.
                if other != folder:
                    shutil.rmtree(other, ignore_errors=True)
    return Compiled(str(folder))
