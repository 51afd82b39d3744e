"""Settings of the whole house that the Python tools follow too: CARBONTRACKER_<KEY>, ./.carbontracker.toml, the user's config.toml."""
import os


def _paths():
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return (".carbontracker.toml", os.path.join(home, "carbontracker", "config.toml"))


def _value(text):
    """The scalar of a TOML line: quoted text or a bare word, a comment after it left out."""
    text = text.strip()
    if text[:1] in ("'", '"'):
        end = text.find(text[0], 1)
        return text[1:end] if end > 0 else text[1:]
    return text.split("#", 1)[0].strip()


def _from_file(path, key):
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            for line in file:
                if line.lstrip().startswith("["):
                    return None  # our keys stand before the first table
                name, equals, rest = line.partition("=")
                if equals and name.strip().strip("\"'") == key:
                    return _value(rest)
    except OSError:
        pass
    return None


def setting(key):
    """(text, where it came from), or (None, None)."""
    variable = "CARBONTRACKER_" + key.upper()
    if os.environ.get(variable):
        return os.environ[variable], variable
    for path in _paths():
        text = _from_file(path, key)
        if text:
            return text, path
    return None, None


def pue():
    """(factor, where it came from): the configured PUE, else (None, None). ValueError where it is no number from 1 to 10."""
    text, source = setting("pue")
    if text is None:
        return None, None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 1 <= value <= 10:
        raise ValueError(f"pue = '{text}' (from {source}) is not a number from 1 to 10; correct it in {source}")
    return value, source
