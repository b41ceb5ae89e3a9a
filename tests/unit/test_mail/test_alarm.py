"""An alarm goes off at the time that was asked for last, on the loop of the library and on that of the desk."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from mail_gateway.inbound.alarm import Alarm
from runtime import event_loop

Play = Callable[[Coroutine[Any, Any, list[bool]]], list[bool]]


@pytest.fixture(params=[asyncio.new_event_loop, event_loop.new_event_loop], ids=["asyncio", "uvloop"])
def play(request) -> Play:
    def on_a_loop(going: Coroutine[Any, Any, list[bool]]) -> list[bool]:
        with asyncio.Runner(loop_factory=request.param) as runner:
            return runner.run(going)

    return on_a_loop


async def rung_after(times: list[list[float]], wait: float) -> list[bool]:
    """Ask for each of some times at once, such a list each 0.1 seconds; return whether it had gone off then, and last.

    All in seconds from the moment of asking.
    """
    rung = asyncio.Event()
    alarm = Alarm(asyncio.get_running_loop(), rung.set)
    seen = []
    for asked in times:
        for seconds in asked:
            alarm.set(seconds)
        await asyncio.sleep(0.1)
        seen.append(rung.is_set())
    await asyncio.sleep(wait)
    alarm.cancel()
    return [*seen, rung.is_set()]


def test_alarm_that_is_put_off_goes_off_after_the_last_time_that_was_asked_for(play):
    assert play(rung_after([[0.8], [0.8], [0.8]], 1.0)) == [False, False, False, True]


def test_alarm_that_is_due_and_has_not_gone_off_can_be_put_off(play):
    assert play(rung_after([[0, 0, 60.0]], 0.1)) == [False, False]


def test_alarm_that_is_set_earlier_goes_off_then(play):
    assert play(rung_after([[60.0], [0.01]], 0.3)) == [False, True, True]


def test_alarm_that_is_cancelled_is_silent(play):
    async def cancelled() -> list[bool]:
        rung = asyncio.Event()
        alarm = Alarm(asyncio.get_running_loop(), rung.set)
        alarm.set(0.01)
        alarm.cancel()
        alarm.cancel()
        await asyncio.sleep(0.1)
        return [rung.is_set()]

    assert play(cancelled()) == [False]
