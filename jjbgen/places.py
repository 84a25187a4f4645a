"""Where things are in a config repo."""

from __future__ import annotations

SETTINGS = "jjbgen.yaml"
COMPONENTS = "components"
"""One descriptor per component."""
HANDWRITTEN = "jjb"
TEMPLATES = "templates"
"""Those of the config repo's own."""
OUTPUT = "jobs-output"
