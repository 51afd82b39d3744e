"""What /proc tells of other processes. Each may end between two looks, so a process that is gone is an answer, never an error."""


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            return [int(child) for child in children.read().split()]
    except OSError:
        return []


def command_of(pid):
    """Its name, or "" where it is gone."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as name:
            return name.read().strip()
    except OSError:
        return ""


def state_of(pid):
    """Its letter of proc(5), T where it is stopped; "X" where it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def stopped_child(pid):
    return next((child for child in children_of(pid) if state_of(child) == "T"), None)


def alive(pid):
    return state_of(pid) not in "ZX"
