"""A run around each call of a function; what the function returns, yields and raises is untouched."""
import functools
import sys

_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200  # CO_* of the interpreter's code objects


def _flags(function):
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    return code.co_flags if code is not None else 0


def _wraps_another_kind(function):
    """Plain itself, it has something asynchronous or lazy inside: only what a call gives tells whether that is left to the caller."""
    while True:
        inner = getattr(function, "__wrapped__", None) or getattr(function, "func", None)
        if inner is None and not hasattr(function, "__code__") and not hasattr(function, "__func__"):
            inner = getattr(type(function), "__call__", None)  # an object that can be called
        if inner is None or inner is function:
            return False
        if _flags(inner) & (_GENERATOR | _COROUTINE | _ASYNC_GENERATOR):
            return True
        function = inner


def is_function(thing):
    """What a decorator may stand above: what can be called, or becomes so in its class."""
    return callable(thing) or isinstance(thing, (classmethod, staticmethod))


def decorate(function, new_run):
    if isinstance(function, (classmethod, staticmethod)):
        return type(function)(decorate(function.__func__, new_run))
    flags = _flags(function)
    if flags & _ASYNC_GENERATOR:
        wrapper = _async_generator(function, new_run)
    elif flags & _COROUTINE:
        async def wrapper(*args, **kwargs):
            with new_run():
                return await function(*args, **kwargs)
    elif flags & _GENERATOR:
        def wrapper(*args, **kwargs):
            with new_run():
                return (yield from function(*args, **kwargs))
    elif _wraps_another_kind(function):
        def wrapper(*args, **kwargs):
            return _until_it_ends(new_run(), lambda: function(*args, **kwargs))
    else:
        def wrapper(*args, **kwargs):
            with new_run():
                return function(*args, **kwargs)
    return functools.wraps(function)(wrapper)


def _until_it_ends(run, call):
    """What the call gives; the run ends with it where it goes on after the call."""
    run.__enter__()
    try:
        result = call()
    except BaseException:
        run.__exit__(*sys.exc_info())
        raise
    if hasattr(result, "cr_code"):
        return _rest_of_coroutine(run, result)
    if hasattr(result, "gi_code"):
        return _rest_of_generator(run, result)
    if hasattr(result, "ag_code"):
        return _async_generator(lambda: result, lambda: _Entered(run))()
    run.__exit__(None, None, None)
    return result


class _Entered:
    """`with` around a run that has begun."""

    def __init__(self, run):
        self._run = run

    def __enter__(self):
        return self._run

    def __exit__(self, *error):
        return self._run.__exit__(*error)


async def _rest_of_coroutine(run, coroutine):
    with _Entered(run):
        return await coroutine


def _rest_of_generator(run, generator):
    with _Entered(run):
        return (yield from generator)


def _async_generator(function, new_run):
    async def wrapper(*args, **kwargs):
        with new_run():
            inner = function(*args, **kwargs)
            step = inner.__anext__()
            try:
                while True:
                    try:
                        item = await step
                    except StopAsyncIteration:
                        return
                    try:
                        step = inner.asend((yield item))
                    except GeneratorExit:
                        raise
                    except BaseException as error:
                        step = inner.athrow(error)
            finally:
                await inner.aclose()
    return wrapper
