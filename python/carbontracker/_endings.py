"""How a process ends without a word to its trackers: with SIGTERM (preemption), where nobody else handles it, and with the interpreter.
What was measured is reported before."""
import os
from _weakref import ref

PATIENCE = 1.0  # s for a thread that is in a call of the tracker: it may hang there in a sink of the user's

_watched = []  # weak: a tracker that was let go is not kept
_installed = _registered = False
_heard = None  # where a tracker began outside of the main thread: the descriptor that tells of SIGTERM


def _living():
    return [thing for thing in (weak() for weak in list(_watched)) if thing is not None]


def _end_all(exit_code):
    for thing in reversed(_living()):
        if not thing._lock.acquire(timeout=PATIENCE):
            continue
        try:
            thing._end(exit_code)
        except Exception:  # the others have their turn
            pass
        finally:
            thing._lock.release()


def code_of(kind, error):
    """The exit code that leaving a `with` block by an exception stands for; 0 without one. A generator that is closed has not failed."""
    if kind is None or issubclass(kind, GeneratorExit):
        return 0
    if issubclass(kind, KeyboardInterrupt):
        return 130
    if issubclass(kind, SystemExit):  # as the interpreter reads it: a text is printed, and is 1
        code = getattr(error, "code", 1)
        return 0 if code is None else code & 0xFF if isinstance(code, int) else 1
    return 1


def _at_exit():
    """Where nobody caught an exception the interpreter keeps it; else nobody can say what the program ends with. (At a prompt it is
    some earlier line's.)"""
    import sys
    kind = None if hasattr(sys, "ps1") else getattr(sys, "last_type", None)
    _end_all(None if kind is None else code_of(kind, getattr(sys, "last_value", None)))
    if kind is KeyboardInterrupt:
        # The interpreter ends itself by SIGINT if that was what its last run of a text ended with, and modules that load now run texts.
        try:
            exec("raise KeyboardInterrupt")
        except KeyboardInterrupt:
            pass


def _on_term(number, frame):
    import signal
    _end_all(128 + number)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _hear():
    """Python takes a handler from the main thread alone: elsewhere the binding does, and a thread waits for its word."""
    global _installed, _heard
    try:
        from . import _core
        descriptor = _core.hear_sigterm()
    except Exception:
        return
    if descriptor >= 0:
        import _thread
        _installed, _heard = True, descriptor
        _thread.start_new_thread(_wait_for_term, (descriptor,))


def _wait_for_term(descriptor):
    came = os.read(descriptor, 1)
    os.close(descriptor)
    if came:
        import signal
        _end_all(128 + signal.SIGTERM)
        _give_back()
        os.kill(os.getpid(), signal.SIGTERM)


def _give_back():
    global _installed, _heard
    from . import _core
    _core.give_sigterm_back()
    _installed, _heard = False, None


def watch(thing):
    """`thing._end(exit_code)` is called once; exit_code is None where nobody knows it. SIGTERM is taken only where it still has its default."""
    global _installed, _registered
    _watched[:] = [weak for weak in _watched if weak() is not None]
    _watched.append(ref(thing))
    if not _registered:
        import atexit
        atexit.register(_at_exit)
        _registered = True
    if _installed:
        return
    try:
        import signal
        if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _on_term)
            _installed = True
    except ValueError:  # not the main thread
        _hear()
    except OSError:  # no descriptor left to read the module by
        pass


def leave(thing):
    global _installed
    _watched[:] = [weak for weak in _watched if weak() not in (None, thing)]
    if _watched or not _installed:
        return
    if _heard is not None:
        _give_back()
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
    if _heard is not None:
        os.close(_heard)  # the thread that waits at it is the parent's
        _give_back()
    for thing in _living():
        leave(thing)
    _watched.clear()


os.register_at_fork(after_in_child=forget)
