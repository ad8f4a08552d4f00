#!/usr/bin/env bash
# Makes .venv with the Python packages of the tests and examples, and the stubs of Clients/python from Proto/.
# Quick when nothing changed: the list that was installed is kept beside what it installed.
set -euo pipefail
cd "$(dirname "$0")/.."

list=Tests/EndToEnd/requirements.txt
installed=.venv/installed-requirements.txt

# Debian's own python3 may lack venv while another on the PATH has it, or the other way round.
find_python() {
  local candidate
  for candidate in python3 /usr/bin/python3; do
    if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "No python3 (3.10 or newer) with venv was found. On Debian: apt-get install python3-venv" >&2
  return 1
}

if ! cmp --silent "$list" "$installed" || ! .venv/bin/python -c 'import grpc' 2>/dev/null; then
  python=$(find_python)
  echo "==> Installing Python packages into .venv"
  "$python" -m venv --clear .venv
  .venv/bin/pip --quiet --disable-pip-version-check install --requirement "$list"
  cp "$list" "$installed"
fi

marker=Clients/python/fastshop/.generated
if [[ ! -e $marker || -n $(find Proto Clients/python/generate_stubs.py -newer "$marker" -print -quit) ]]; then
  echo "==> Generating the Python client's stubs"
  rm --recursive --force Clients/python/fastshop
  .venv/bin/python Clients/python/generate_stubs.py Clients/python
  touch "$marker"
fi
