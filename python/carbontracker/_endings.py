"""How a process ends without a word to its trackers: with SIGTERM (preemption), where nobody else handles it, and with the interpreter.
What was measured is reported before."""
import os
from _weakref import ref

_watched = []  # weak: a tracker that was let go is not kept
_installed = _registered = False


def _living():
    return [thing for thing in (weak() for weak in list(_watched)) if thing is not None]


def _end_all(exit_code):
    for thing in reversed(_living()):
        try:
            thing._end(exit_code)
        except Exception:  # the others have their turn
            pass


def _on_term(number, frame):
    import signal
    _end_all(128 + number)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def watch(thing):
    """`thing._end(exit_code)` is called once; exit_code is None where the interpreter ends. SIGTERM is taken in the main thread alone, and
    only where it still has its default."""
    global _installed, _registered
    _watched[:] = [weak for weak in _watched if weak() is not None]
    _watched.append(ref(thing))
    if not _registered:
        import atexit
        atexit.register(_end_all, None)
        _registered = True
    if _installed:
        return
    import signal
    try:
        if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _on_term)
            _installed = True
    except ValueError:  # not the main thread
        pass


def leave(thing):
    global _installed
    _watched[:] = [weak for weak in _watched if weak() not in (None, thing)]
    if _watched or not _installed:
        return
    import signal
    try:
        if signal.getsignal(signal.SIGTERM) is _on_term:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _installed = False
    except ValueError:
        pass


def forget():
    """In the child of a fork: nothing here is its own, and SIGTERM has its default again."""
    for thing in _living():
        leave(thing)
    _watched.clear()


os.register_at_fork(after_in_child=forget)
