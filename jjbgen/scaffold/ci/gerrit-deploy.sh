#!/usr/bin/env bash
# Brings Jenkins in step with the branch, for a CI that runs a script after each merge; it needs JENKINS_USER and
# JENKINS_API_TOKEN. Check out the tip of the branch, not the merged change, and run one at a time: then Jenkins ends as
# the newest commit says, however merges follow each other.
set -euo pipefail
cd "$(dirname "$0")/.."

# jjbgen in the version of requirements.txt: the one on the PATH, or else one in .venv.
wanted=$(sed -n 's/^jjbgen==/jjbgen /p' requirements.txt)
if [ "$(jjbgen --version 2>/dev/null)" != "$wanted" ]; then
  python3 -m venv .venv
  .venv/bin/pip install --quiet --requirement requirements.txt
  PATH="$PWD/.venv/bin:$PATH"
fi

jjbgen generate --check
# It ends with 3 when something differs, which is why one deploys.
jjbgen plan --diff || [ "$?" -eq 3 ]
# With --prune it also deletes the jobs of descriptors that are gone.
jjbgen update
