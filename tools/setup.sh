#!/usr/bin/env bash
# Brings what a target needs onto this machine: Debian or Ubuntu packages, and the virtual environment .venv.
#
# usage: tools/setup.sh GROUP...      build  test  bench  tidy  (packages)
#                                     python-test  python-demo  python-wheel  (.venv)
#
# What is there already is left alone: packages are asked for by name (or found by what they provide, so a compiler or
# a library from elsewhere counts), and .venv keeps a stamp of the requirements it was filled from. Packages are
# installed by apt-get, as root or through a sudo that asks for no password. Where neither is possible, the missing
# packages are named with the command that installs them, and the exit code is 1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# package=what shows that it is there without it: cmd:PROGRAM or header:FILE
build_packages=(
  build-essential=cmd:g++ make=cmd:make cmake=cmd:cmake ninja-build=cmd:ninja ccache=cmd:ccache pkg-config=cmd:pkg-config
  python3=cmd:python3
  libfmt-dev=header:fmt/format.h nlohmann-json3-dev=header:nlohmann/json.hpp libcli11-dev=header:CLI/CLI.hpp
  libtomlplusplus-dev=header:toml++/toml.h libeigen3-dev=header:eigen3/Eigen/Cholesky libcurl4-openssl-dev=header:curl/curl.h libsqlite3-dev=header:sqlite3.h
)
test_packages=(
  libgtest-dev=header:gtest/gtest.h libgmock-dev=header:gmock/gmock.h util-linux=cmd:setpriv procps=cmd:ps
  zsh=cmd:zsh fish=cmd:fish man-db=cmd:man openssl=cmd:openssl
)
bench_packages=(libbenchmark-dev=header:benchmark/benchmark.h)
tidy_packages=(clang=cmd:clang++ clang-tidy=cmd:clang-tidy)
python_packages=(python3-venv=venv: python3-dev=header:python)

oldest_python=310 newest_python=313  # the versions that the pinned requirements have wheels for

say() { printf '%s\n' "$*" >&2; }

# A header is there if the C++ compiler finds it.
has_header() { command -v g++ >/dev/null && printf '#include <%s>\n' "$1" | g++ -std=c++20 -E -x c++ - >/dev/null 2>&1; }

# The first Python of a fitting version that can make virtual environments with pip in them.
find_python() {
  local name version
  for name in python3 /usr/bin/python3 python3.13 python3.12 python3.11 python3.10; do
    version=$("$name" -c 'import sys, venv, ensurepip; print("%d%02d" % sys.version_info[:2])' 2>/dev/null) || continue
    if ((version >= oldest_python && version <= newest_python)); then
      command -v "$name"
      return
    fi
  done
  return 1
}

has_python_header() {
  local python
  python=$(find_python) || return 1
  [[ -e $("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h ]]
}

provided() {
  case $1 in
    cmd:*) command -v "${1#cmd:}" >/dev/null ;;
    header:python) has_python_header ;;
    header:*) has_header "${1#header:}" ;;
    venv:) find_python >/dev/null ;;
  esac
}

# Prints those of the given package=probe entries that are neither installed nor provided by something else.
missing_packages() {
  local entry installed=""
  if command -v dpkg-query >/dev/null; then
    installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${@%%=*}" 2>/dev/null || true)
  fi
  for entry in "$@"; do
    grep -qx "installed ${entry%%=*}" <<<"$installed" || provided "${entry#*=}" || printf '%s\n' "${entry%%=*}"
  done
}

as_root() {
  if ((EUID == 0)); then
    DEBIAN_FRONTEND=noninteractive "$@"
  else
    sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

install_packages() {
  local command="apt-get install -y --no-install-recommends $*"
  if ! command -v apt-get >/dev/null; then
    say "missing: $*"
    say "There is no apt-get here. Install what these Debian packages hold with this system's package manager, and call make again."
    return 1
  fi
  if ((EUID != 0)) && ! sudo -n true 2>/dev/null; then
    say "missing: $*"
    say "To install them takes root, and sudo is absent or asks for a password. Run this, and call make again:"
    say "  sudo $command"
    return 1
  fi
  say "installing: $*"
  local lock=(-o DPkg::Lock::Timeout=300)
  as_root apt-get -qq "${lock[@]}" update || say "apt-get update failed; going on with the package lists that are there"
  if ! as_root apt-get -qq "${lock[@]}" install -y --no-install-recommends "$@" >/dev/null; then
    say "missing: $(missing_packages "${wanted[@]}" | tr '\n' ' ')"
    say "apt-get failed (above). When its cause is mended, call make again, or run: $command"
    return 1
  fi
}

# Fills .venv from a requirements file, once for each content of that file and each Python.
fill_environment() {
  local requirements=$1 stamp python
  stamp=.venv/$(basename "$requirements" .txt)-$(cksum <"$requirements" | tr -d ' ').stamp
  if [[ -e $stamp ]] && .venv/bin/python -c '' 2>/dev/null; then
    return
  fi
  if ! python=$(find_python); then
    say "missing: a Python from 3.10 to 3.13 with its venv module (Debian: python3-venv)"
    return 1
  fi
  say "filling .venv from $requirements"
  .venv/bin/python -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear .venv
  if ! .venv/bin/python -m pip install --disable-pip-version-check -q -r "$requirements"; then
    say "pip could not install $requirements (above). With the network or index mended, call make again, or run:"
    say "  .venv/bin/python -m pip install -r $requirements"
    return 1
  fi
  rm -f .venv/"$(basename "$requirements" .txt)"-*.stamp
  : >"$stamp"
}

# One at a time: two makes at once would fill the same environment.
if command -v flock >/dev/null && [[ -z ${CARBONTRACKER_SETUP_LOCKED:-} ]]; then
  mkdir -p build
  CARBONTRACKER_SETUP_LOCKED=1 exec flock build/.setup.lock bash "$PWD/tools/setup.sh" "$@"
fi

wanted=() requirements=()
for group in "$@"; do
  case $group in
    build) wanted+=("${build_packages[@]}") ;;
    test) wanted+=("${test_packages[@]}") ;;
    bench) wanted+=("${bench_packages[@]}") ;;
    tidy) wanted+=("${tidy_packages[@]}") ;;
    python-test | python-demo | python-wheel)
      wanted+=("${python_packages[@]}")
      requirements+=("tools/requirements-${group#python-}.txt")
      ;;
    *)
      say "tools/setup.sh: no group \"$group\"; there are build, test, bench, tidy, python-test, python-demo, python-wheel"
      exit 2
      ;;
  esac
done

if ((${#wanted[@]} > 0)); then
  mapfile -t missing < <(missing_packages "${wanted[@]}" | sort -u)
  if ((${#missing[@]} > 0)); then
    install_packages "${missing[@]}"
  fi
fi
for file in "${requirements[@]}"; do
  fill_environment "$file"
done
