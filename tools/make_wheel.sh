#!/usr/bin/env bash
# Leaves dist/carbontracker-*.whl: built by scikit-build-core in build/python, made self-contained by auditwheel.
# Does nothing if no source is newer than the wheel.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
sources=(python src include cmake data CMakeLists.txt pyproject.toml README.md tools/make_wheel.sh)

newest=$(compgen -G "dist/carbontracker-*.whl" | head -1 || true)
if [[ -n $newest && -z $(find "${sources[@]}" -newer "$newest" -type f -not -path '*/__pycache__/*' -print -quit) ]]; then
  exit 0
fi
rm -rf build/wheel dist/carbontracker-*.whl
mkdir -p build/wheel dist
PATH=$PWD/.venv/bin:$PATH .venv/bin/python -m pip wheel -q --disable-pip-version-check --no-build-isolation --no-deps -w build/wheel .
PATH=$PWD/.venv/bin:$PATH .venv/bin/python -m auditwheel repair --strip -w dist build/wheel/carbontracker-*.whl >build/wheel/auditwheel.log 2>&1 || { cat build/wheel/auditwheel.log >&2; exit 1; }
ls dist/carbontracker-*.whl >&2
