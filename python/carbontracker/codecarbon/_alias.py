"""`import codecarbon` gives our modules: one object under both names, so that a class is itself and a patched function is patched."""
import importlib.util
import sys

NAME, OURS = "codecarbon", "carbontracker.codecarbon"


class _Loader:
    def __init__(self, name):
        self._name = name

    def create_module(self, spec):
        module = importlib.import_module(self._name)
        self._spec = module.__spec__
        return module

    def exec_module(self, module):
        module.__spec__ = self._spec  # the import system wrote the alias's into it


class _Finder:
    def find_spec(self, name, path=None, target=None):
        if name != NAME and not name.startswith(NAME + "."):
            return None
        ours = OURS + name[len(NAME):]
        try:
            found = importlib.util.find_spec(ours)
        except ModuleNotFoundError:
            found = None
        if found is None:
            return None
        from importlib.machinery import ModuleSpec

        return ModuleSpec(name, _Loader(ours), origin=found.origin, is_package=found.submodule_search_locations is not None)

    def find_distributions(self, context=None):
        """So that importlib.metadata.version("codecarbon") answers."""
        if context is None or getattr(context, "name", None) not in (NAME, None):
            return
        from importlib.metadata import Distribution

        class Alias(Distribution):
            def read_text(self, filename):
                from carbontracker.codecarbon._version import __version__

                return f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {__version__}\n" if filename == "METADATA" else None

            def locate_file(self, path):
                return path

        yield Alias()


_finder = _Finder()


def install():
    """Idempotent. To be called before the library that imports codecarbon; RuntimeError where another codecarbon is loaded already."""
    ours = sys.modules[OURS]
    if sys.modules.get(NAME) not in (None, ours):
        raise RuntimeError("codecarbon is imported already: call carbontracker.codecarbon.install() before whatever imports it")
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    sys.modules[NAME] = ours
    return ours


def uninstall():
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
    for name in [n for n in sys.modules if n == NAME or n.startswith(NAME + ".")]:
        del sys.modules[name]
