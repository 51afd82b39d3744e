# Every target brings what it needs onto the machine first (tools/setup.sh) and does nothing that is done already.
# The work is CMake's; this file is the short way to it.

PREFIX ?= /usr/local
FORMAT ?= text
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
# The demo keeps its run here, apart from the runs you care about.
DEMO_HOME = $(CURDIR)/build/demo-home

setup = tools/setup.sh
# An existing build directory configures itself again when a CMake file changed; only a new one needs the preset.
configure = test -e build/$(1)/build.ninja || cmake --preset $(1)
build = $(call configure,$(1)) && cmake --build --preset $(1) --parallel $(JOBS)

.PHONY: help build dev demo wheel test test-frameworks bench install tidy tsan clean
.DEFAULT_GOAL := help

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 24

build:  ## the program: build/release/carbontracker
	@$(setup) build
	@$(call build,release)

dev:  ## build/dev: the program and its tests with ASan and UBSan, warnings are errors
	@$(setup) build test
	@$(call build,dev)

demo:  ## train a small real PyTorch model under `carbontracker run` and show the report
	@$(setup) build python-demo
	@$(call build,release)
	@mkdir -p $(DEMO_HOME)
	CARBONTRACKER_HOME=$(DEMO_HOME) build/release/carbontracker run --epochs 10 --name digits -- \
	  .venv/bin/python docs/examples/train.py --epochs 10
	CARBONTRACKER_HOME=$(DEMO_HOME) build/release/carbontracker report last

wheel:  ## dist/carbontracker-*.whl: the Python package with its libraries and the program inside
	@$(setup) build python-wheel
	@tools/make_wheel.sh

test:  ## every test; the last line is "N passed, N failed"
	@$(setup) build test bench python-test python-demo python-wheel
	@.venv/bin/python tools/run_tests.py --jobs $(JOBS)

# Some GB and minutes, so apart from `make test`.
test-frameworks: wheel  ## the Python callbacks and sinks against the real libraries, in build/frameworks-env
	@test -e build/frameworks-env/bin/python || .venv/bin/python -m venv build/frameworks-env
	build/frameworks-env/bin/pip install -q -r tools/requirements-test.txt -r tools/requirements-demo.txt -r tools/requirements-frameworks.txt
	build/frameworks-env/bin/pip install -q --force-reinstall --no-deps --no-index --find-links dist carbontracker
	build/frameworks-env/bin/python -m pytest -c tests/pytest.ini -o python_files='*_check.py' tests/frameworks

bench:  ## the benchmarks; FORMAT=json for machines
	@$(setup) build bench python-test python-demo python-wheel >&2
	@{ $(call configure,release) && cmake build/release -DCARBONTRACKER_BENCH=ON && \
	  cmake --build --preset release --parallel $(JOBS) && $(call build,python); } >&2
	@.venv/bin/python bench/run.py --format $(FORMAT)

install:  ## into PREFIX (/usr/local); DESTDIR is honoured
	@$(setup) build
	@$(call build,release)
	@cmake --install build/release --prefix $(PREFIX) || \
	  { echo "could not install into $(PREFIX); as root, or: make install PREFIX=\$$HOME/.local" >&2; exit 1; }

tidy:  ## clang-tidy over the sources, with clang as the compiler
	@$(setup) build tidy
	@$(call build,tidy) -- -k 0

# ThreadSanitizer of GCC 12 cannot place its shadow under the widest address randomisation, so it is switched off where that is allowed.
tsan:  ## the tests under ThreadSanitizer
	@$(setup) build test
	@norandom=$$(setarch -R true 2>/dev/null && echo setarch -R); \
	  $(call configure,tsan) && $$norandom cmake --build --preset tsan --parallel $(JOBS) && $$norandom ctest --preset tsan -j $(JOBS)

clean:  ## remove what was built (.venv stays)
	rm -rf build
