"""One descriptor per component in, Jenkins Job Builder YAML and declarative pipelines out."""

__version__ = "0.1.0"
