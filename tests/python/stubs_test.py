"""The stubs (*.pyi) against what is there: the same names, parameters and defaults, in the sources and in the binding."""
import ast
import pathlib
import re

import pytest

PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "python" / "carbontracker"
STUBS = sorted(path.name for path in PACKAGE.glob("*.pyi"))
# Where a stub's names are defined, if not in the module of the same name.
SOURCES = {"_api.pyi": ["_api.py", "_run.py", "_report.py", "_scope.py"]}


def tree_of(name):
    return ast.parse((PACKAGE / name).read_text(encoding="utf-8"))


def parameters(function):
    """[(name, default as text or None)], *args and **kwargs with their stars."""
    given = function.args
    plain = given.posonlyargs + given.args
    defaults = [None] * (len(plain) - len(given.defaults)) + [ast.unparse(d) for d in given.defaults]
    out = list(zip([a.arg for a in plain], defaults))
    out += [("*" + given.vararg.arg, None)] if given.vararg else [("*", None)] if given.kwonlyargs else []
    out += [(a.arg, ast.unparse(d) if d else None) for a, d in zip(given.kwonlyargs, given.kw_defaults)]
    return out + ([("**" + given.kwarg.arg, None)] if given.kwarg else [])


def functions(body):
    """By name; of overloads the longest."""
    found = {}
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if node.name not in found or len(parameters(node)) > len(parameters(found[node.name])):
                found[node.name] = node
    return found


def classes(body):
    return {node.name: node for node in body if isinstance(node, ast.ClassDef)}


def agree(stub, source, where):
    left_out = [("**unknown", None)]  # it makes the better TypeError, and is no parameter
    assert parameters(stub) == [p for p in parameters(source) if p not in left_out], where


@pytest.mark.parametrize("name", [name for name in STUBS if name not in ("__init__.pyi", "_core.pyi")])
def test_a_stub_has_the_parameters_of_its_source(name):
    body = [node for source in SOURCES.get(name, [name[:-1]]) for node in tree_of(source).body]
    stub = tree_of(name).body
    assert functions(stub) or classes(stub)
    for function, node in functions(stub).items():
        agree(node, functions(body)[function], function)
    for kind, node in classes(stub).items():
        for method, declared in functions(node.body).items():
            agree(declared, functions(classes(body)[kind].body)[method], f"{kind}.{method}")


@pytest.mark.parametrize("kind, stub, source", [("Run", "_api.pyi", "_run.py"), ("Report", "_api.pyi", "_report.py"), ("CarbonTracker", "tracker.pyi", "tracker.py"),
                                                ("MLflow", "sinks.pyi", "sinks.py"), ("Aim", "sinks.pyi", "sinks.py")])
def test_every_public_method_is_in_the_stub(kind, stub, source):
    public = {name for name in functions(classes(tree_of(source).body)[kind].body) if not name.startswith("_")}
    assert public <= set(functions(classes(tree_of(stub).body)[kind].body))


def bound(signature):
    """The parameters in the binding's own words: "mark(self, kind: str, name: str = '') -> None"."""
    return parameters(functions(ast.parse(f"def {signature}: ...").body)[re.match(r"\w+", signature)[0]])


def test_the_stub_of_the_binding_has_its_parameters(ct):
    from carbontracker import _core
    stub = tree_of("_core.pyi").body
    [session] = classes(stub).values()
    pairs = [(node, getattr(_core, name)) for name, node in functions(stub).items()]
    pairs += [(node, getattr(_core.Session, name)) for name, node in functions(session.body).items() if not isinstance(getattr(_core.Session, name), property)]
    assert len(pairs) > 12
    for node, real in pairs:
        declared = [(name, "{}" if default == "..." else default) for name, default in parameters(node)]
        assert declared == bound(real.__doc__.splitlines()[0]), node.name


def test_every_name_of_the_package_is_in_its_stub(ct):
    declared = {alias.asname for node in tree_of("__init__.pyi").body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(ct.__all__) <= declared and "sinks" in declared and "__version__" in declared


def test_the_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").exists() and len(STUBS) >= 8
