"""Loads the scripts under tools/ as modules."""
import importlib.util
import pathlib

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def tree():
    return TREE


@pytest.fixture
def load_tool():
    def load(name):
        spec = importlib.util.spec_from_file_location(name, TREE / "tools" / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    return load
