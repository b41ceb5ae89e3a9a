"""An alarm goes off at the time that was asked for last, on the loop of the library and on that of the desk."""

import asyncio

import pytest

from mail_gateway.inbound.alarm import Alarm
from runtime import event_loop


@pytest.mark.parametrize("new_event_loop", [asyncio.new_event_loop, event_loop.new_event_loop])
def test_alarm_goes_off_once_at_the_last_time_asked_for(new_event_loop):
    async def go() -> tuple[list[float], list[float]]:
        loop = asyncio.get_running_loop()
        rung: list[float] = []
        alarm = Alarm(loop, lambda: rung.append(loop.time()))
        alarm.set(0)
        alarm.set(0)  # due already, and asked for again before it went off
        alarm.set(0.05)
        wanted = loop.time() + 0.05
        await asyncio.sleep(0.02)
        early = list(rung)
        await asyncio.sleep(0.1)
        alarm.set(5)
        alarm.set(0.01)  # sooner than before
        await asyncio.sleep(0.05)
        alarm.set(0.01)
        alarm.cancel()
        await asyncio.sleep(0.03)
        return early, [rung[0] - wanted, *rung[1:]]

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        early, rung = runner.run(go())

    assert (early, len(rung)) == ([], 2)
    assert rung[0] >= -0.002
