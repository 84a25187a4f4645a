#!/usr/bin/env bash
# Checks a change before it is merged, for a CI that runs a script for each patch set and votes by how it ends.
# Whoever uploads a change can change this file too: run it without credentials.
set -euo pipefail
cd "$(dirname "$0")/.."

# jjbgen in the version of requirements.txt: the one on the PATH, or else one in .venv.
wanted=$(sed -n 's/^jjbgen==/jjbgen /p' requirements.txt)
if [ "$(jjbgen --version 2>/dev/null)" != "$wanted" ]; then
  python3 -m venv .venv
  .venv/bin/pip install --quiet --requirement requirements.txt
  PATH="$PWD/.venv/bin:$PATH"
fi

jjbgen check
jjbgen generate --check
# For the reviewer. Where there is nothing to compare with, the change can be right all the same.
jjbgen diff HEAD^ || echo 'What changes in the jobs cannot be shown.'
