"""A limit of the time that any test of a cluster may take, its start included: none can hang."""

import signal

import pytest

SECONDS = 280  # many times what the slowest takes; the limit of all tests is about twice as long


def expired(*_):
    raise TimeoutError(f"a cluster did not answer within {SECONDS} seconds")


def limited():
    before = signal.signal(signal.SIGALRM, expired)
    signal.alarm(SECONDS)
    try:
        return (yield)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    return (yield from limited())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    return (yield from limited())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item):
    return (yield from limited())
