#!/usr/bin/env bash
# Makes .venv with the Python packages of the given lists, and the stubs of Clients/python from Proto/.
# Quick when nothing changed: the lists that were installed are kept beside what they installed.
# Usage: Scripts/python-environment.sh LIST...
set -euo pipefail
cd "$(dirname "$0")/.."

# Where a copy of a list is kept once it is installed.
installed() {
  echo ".venv/installed-${1//\//-}"
}

# Debian's own python3 may lack venv while another on the PATH has it, or the other way round.
find_python() {
  local candidate
  for candidate in python3 /usr/bin/python3; do
    if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "No python3 (3.10 or newer) with venv was found. On Debian: 'make client-packages'" >&2
  return 1
}

if ! .venv/bin/python -c '' 2>/dev/null; then
  python=$(find_python)
  "$python" -m venv --clear .venv
fi
for list in "$@"; do
  cmp --silent "$list" "$(installed "$list")" && continue
  echo "==> Installing the Python packages of $list into .venv"
  .venv/bin/pip --quiet --disable-pip-version-check install --requirement "$list"
  cp "$list" "$(installed "$list")"
done

marker=Clients/python/fastshop/.generated
if [[ ! -e $marker || -n $(find Proto Clients/python/generate_stubs.py -newer "$marker" -print -quit) ]]; then
  echo "==> Generating the Python client's stubs"
  rm --recursive --force Clients/python/fastshop
  .venv/bin/python Clients/python/generate_stubs.py Clients/python
  touch "$marker"
fi
