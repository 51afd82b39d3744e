"""A run around each call of a function; what the function returns, yields and raises is untouched."""
import functools

_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200  # CO_* of the interpreter's code objects


def _flags(function):
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return code.co_flags if code is not None else 0


def decorate(function, new_run):
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
    else:
        def wrapper(*args, **kwargs):
            with new_run():
                return function(*args, **kwargs)
    return functools.wraps(function)(wrapper)


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
