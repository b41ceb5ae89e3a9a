"""The law that the pages calculate with: the same as that of the runs, put on the application when it is built."""

from aiohttp import web

from payroll.engine import parameters
from payroll.engine.parameters import ParameterSet

LAW = web.AppKey("law", ParameterSet)


def in_use(request: web.Request) -> ParameterSet:
    """Return the law of the administration, or as it ships where it keeps none of its own."""
    law = request.config_dict.get(LAW)
    return law if law is not None else parameters.packaged()
