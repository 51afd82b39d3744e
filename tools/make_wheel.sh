#!/usr/bin/env bash
# Leaves dist/carbontracker-*.whl: built by scikit-build-core, made self-contained by auditwheel. One for the Python of .venv; where
# that is older than 3.12 and a newer one is at hand (ABI3_PYTHON, python3.12 and up on PATH, or pyenv's), another for all from 3.12 on,
# by the stable ABI; and one for each interpreter named in WHEEL_PYTHONS. `pip install --no-index --find-links dist carbontracker` takes the one that fits.
# Does nothing if no source is newer than the wheels.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
sources=(python src include cmake data CMakeLists.txt pyproject.toml README.md tools/make_wheel.sh)

# The first Python from 3.12 on that has its headers and can make environments.
find_abi3_python() {
  local name
  for name in "${ABI3_PYTHON:-}" python3.12 python3.13 python3.14 "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.1[2-9]*/bin/python3; do
    if [[ -n $name ]] && "$name" -c 'import os, sys, sysconfig, venv, ensurepip
sys.exit(sys.version_info < (3, 12) or not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
}

abi3=
if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then
  abi3=$(find_abi3_python)
fi
read -ra more <<<"${WHEEL_PYTHONS:-}"
[[ -z $abi3 ]] || more=("$abi3" "${more[@]}")
wheels=$((1 + ${#more[@]}))

# One at a time: who comes second finds the wheels there.
mkdir -p build
exec {lock}>build/wheel.lock
flock "$lock"

mapfile -t there < <(compgen -G "dist/carbontracker-*.whl" || true)
if ((${#there[@]} >= wheels)) && [[ -z $(find "${sources[@]}" -newer "${there[0]}" -type f -not -path '*/__pycache__/*' -print -quit) ]]; then
  exit 0
fi
rm -rf build/wheel dist/carbontracker-*.whl
mkdir -p build/wheel dist

# A Python recommends the compiler that it was built with, under its own name; ccache takes another name for another compiler.
# Under one name all wheels, and the builds of the presets, share what is compiled.
export CC=${CC:-cc} CXX=${CXX:-c++}

# build ENVIRONMENT BUILD_DIRECTORY
build() {
  local path=$PWD/$1/bin:$PATH
  PATH=$path "$1/bin/python" -m pip wheel -q --disable-pip-version-check --no-build-isolation --no-deps --config-settings=build-dir="$2" -w build/wheel .
}

# Not in build/python: programs may be running from there, tests among them, and would find half a binding.
build .venv build/wheel-python
for python in "${more[@]}"; do
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  [[ -x build/wheel-env-$version/bin/python ]] || "$python" -m venv "build/wheel-env-$version"
  "build/wheel-env-$version/bin/python" -m pip install -q --disable-pip-version-check -r tools/requirements-wheel.txt
  build "build/wheel-env-$version" "build/wheel-python-$version"
done
for wheel in build/wheel/carbontracker-*.whl; do
  PATH=$PWD/.venv/bin:$PATH .venv/bin/python -m auditwheel repair --strip -w dist "$wheel" >build/wheel/auditwheel.log 2>&1 || { cat build/wheel/auditwheel.log >&2; exit 1; }
done
ls dist/carbontracker-*.whl >&2
