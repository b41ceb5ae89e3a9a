"""What every use case of the desk needs at hand, built once by `runtime.wiring` and passed in."""

from dataclasses import dataclass, field

from casework.attachments.scanning import Scanner
from casework.attachments.storage import Storage
from casework.catalogue.models import Catalogue
from casework.clock import Clock
from casework.referral.directory import Directory, packaged
from casework.settings import DeskSettings


@dataclass(frozen=True)
class Desk:
    """The desk: its settings, its clock, its form catalogue and the place where files are kept.

    `scanner` looks at what people hand in on the web, where one is configured; `directory` names other services.
    """

    settings: DeskSettings
    clock: Clock
    catalogue: Catalogue
    storage: Storage
    scanner: Scanner | None = None
    directory: Directory = field(default_factory=packaged)
