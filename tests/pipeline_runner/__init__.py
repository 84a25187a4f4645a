"""Runs generated declarative pipelines for real: Jenkins' rules in Groovy 2.4, real shells, real git, real files.

`runner.py` is the way in. What the runner knows of Jenkins it was told by the recorded contract
(`tests/jenkins_contract/`), and `test_contract.py` holds it to that.
"""
