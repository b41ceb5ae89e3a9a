"""Finds the folder of templates, sentences and assets, in a checkout as in an installed package."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path


@cache
def templates_folder() -> Path:
    """Return the folder `templates`, which is a package without Python.

    An editable install puts a finder's own name among the locations, so only a real folder counts;
    `importlib.resources` refuses such a package altogether.
    """
    spec = find_spec("templates")
    places = spec.submodule_search_locations if spec else None
    return next(Path(place) for place in places or () if (Path(place) / "web").is_dir())
