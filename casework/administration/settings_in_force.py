"""The settings that this process runs with, as `runtime` hands them in: casework itself reads no setting."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True)
class SettingInForce:
    """A setting: its name, its value as it may be shown, and where it came from."""

    name: str
    value: str
    source: str


SETTINGS_IN_FORCE = web.AppKey("settings_in_force", Sequence[SettingInForce])
