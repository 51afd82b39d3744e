"""The file by which trackers with allow_multiple_runs=False keep each other out. What counts is the lock on it, which goes with its
process: a file that a crash has left keeps nobody out. (The CSV has a lock of its own while a row is written.)"""
import os
import tempfile

LOCKFILE = os.path.join(tempfile.gettempdir(), ".codecarbon.lock")
_held = set()


class Lock:
    def __init__(self):
        self._descriptor = None

    def acquire(self):
        """FileExistsError where another tracker holds it."""
        from carbontracker.codecarbon.external.logger import logger

        import fcntl

        try:
            descriptor = os.open(LOCKFILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        except OSError as error:
            logger.warning("%s: %s; going on without a lock", LOCKFILE, error.strerror)
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            logger.error("another instance runs (%s is locked): this tracker measures nothing; allow_multiple_runs=True lets both", LOCKFILE)
            raise FileExistsError(f"{LOCKFILE} is locked by another tracker") from None
        self._descriptor = descriptor
        _held.add(self)
        return True

    def release(self):
        descriptor, self._descriptor = self._descriptor, None
        _held.discard(self)
        if descriptor is not None:
            try:
                os.unlink(LOCKFILE)
            except OSError:
                pass
            os.close(descriptor)


def _forked():
    """The child has no part in what its parent holds: closing its copy leaves the parent's lock as it is."""
    for lock in list(_held):
        descriptor, lock._descriptor = lock._descriptor, None
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_forked)
