import asyncio

from mail_gateway.inbound.alarm import Alarm


async def rung_after(alarm_seconds: list[float], wait: float) -> list[bool]:
    """Set an alarm anew each 0.1 seconds; return whether it had gone off each time, and at the end."""
    rung = asyncio.Event()
    alarm = Alarm(asyncio.get_running_loop(), rung.set)
    seen = []
    for seconds in alarm_seconds:
        alarm.set(seconds)
        await asyncio.sleep(0.1)
        seen.append(rung.is_set())
    await asyncio.sleep(wait)
    alarm.cancel()
    return [*seen, rung.is_set()]


async def test_alarm_that_is_put_off_goes_off_after_the_last_time_that_was_asked_for():
    assert await rung_after([0.5, 0.5, 0.5], 0.6) == [False, False, False, True]


async def test_alarm_that_is_set_earlier_goes_off_then():
    assert await rung_after([60.0, 0.01], 0.2) == [False, True, True]


async def test_alarm_that_is_cancelled_is_silent():
    rung = asyncio.Event()
    alarm = Alarm(asyncio.get_running_loop(), rung.set)
    alarm.set(0.01)
    alarm.cancel()
    alarm.cancel()
    await asyncio.sleep(0.05)

    assert not rung.is_set()
