"""The decorator above functions that other decorators have wrapped already: what the call gives decides, not what lies inside."""
import asyncio
import functools
import inspect
import time

import pytest


def passes_on(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)
    return wrapper


def runs_it(function):
    @functools.wraps(function)
    def wrapper(*args):
        return asyncio.run(function(*args))
    return wrapper


async def slow(x):
    await asyncio.sleep(0.2)
    return x


def seconds(stored):
    return [run["run"]["duration_s"] for run in stored()]


def test_a_coroutine_that_another_decorator_runs_gives_its_value(ct, stored):
    assert ct.track(runs_it(slow))(3) == 3
    [length] = seconds(stored)
    assert length > 0.19


def test_a_coroutine_that_another_decorator_passes_on_is_measured_until_it_ends(ct, stored):
    assert asyncio.run(ct.track(passes_on(slow))(3)) == 3
    [length] = seconds(stored)
    assert length > 0.19 and ct.current() is None


def test_generators_that_another_decorator_passes_on(ct, stored):
    def lazy():
        got = yield 1
        time.sleep(0.2)
        return got

    async def stream():
        yield 1
        await asyncio.sleep(0.2)
        yield 2

    def drained():
        generator = ct.track(passes_on(lazy))()
        assert next(generator) == 1
        with pytest.raises(StopIteration) as end:
            generator.send("sent")
        return end.value.value

    async def listed():
        return [item async for item in ct.track(passes_on(stream))()]
    assert drained() == "sent" and asyncio.run(listed()) == [1, 2]
    assert min(seconds(stored)) > 0.19


def test_objects_that_can_be_called_methods_and_partials(ct, stored):
    class Trainer:
        async def __call__(self, x):
            return await slow(x)

        @ct.track
        async def fit(self):
            return await slow("fit")
    assert asyncio.run(ct.track(Trainer())("called")) == "called"
    assert asyncio.run(ct.track(functools.partial(slow, "partial"))()) == "partial"
    assert asyncio.run(Trainer().fit()) == "fit" and inspect.iscoroutinefunction(Trainer.fit)
    assert min(seconds(stored)) > 0.19


def test_an_exception_before_anything_was_given_ends_the_run(ct, stored):
    async def never():
        pass

    def breaks(function):
        @functools.wraps(function)
        def wrapper():
            raise KeyError("mine")
        return wrapper
    with pytest.raises(KeyError, match="mine"):
        ct.track(breaks(never))()
    assert [run["run"]["exit_code"] for run in stored()] == [1] and ct.current() is None


def test_codecarbons_decorator_too(ct, machine):
    import csv

    from carbontracker.codecarbon import track_emissions
    decorated = track_emissions(offline=True, country_iso_code="DNK", log_level="error")

    async def stream():
        yield await slow(1)

    async def listed():
        return [item async for item in decorated(stream)()]
    assert decorated(runs_it(slow))(2) == 2 and asyncio.run(decorated(passes_on(slow))(3)) == 3 and asyncio.run(listed()) == [1]
    with open("emissions.csv") as file:
        assert [float(row["duration"]) > 0.19 for row in csv.DictReader(file)] == [True] * 3


def test_above_what_a_class_makes_methods_of(ct):
    class Trainer:
        @ct.track(keep=False)
        @classmethod
        def of_the_class(cls):
            return cls.__name__, ct.current().name.split(".")[-1]

        @ct.track
        @staticmethod
        def of_nobody(x):
            return x, ct.current().name.split(".")[-1]

    assert Trainer.of_the_class() == Trainer().of_the_class() == ("Trainer", "of_the_class")
    assert Trainer.of_nobody(3) == (3, "of_nobody")
