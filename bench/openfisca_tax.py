"""The taxes of OpenFisca's country template on their own engine: each line asks for a number of people.

Runs in an environment of its own (`bench.payroll_months` builds it), so it imports nothing of the desk. The salaries
of one month are 0.20, 0.40 ... euro; the two taxes on them are a flat rate and a marginal scale.
"""

import sys
import time

PERIOD = "2024-01"


def measure() -> None:
    """Answer `seconds COUNT` with the time of both taxes of so many people, `cents COUNT` with their sum."""
    import numpy as np  # noqa: PLC0415 -- of the other environment
    from openfisca_core.simulation_builder import SimulationBuilder  # noqa: PLC0415 -- idem
    from openfisca_country_template import CountryTaxBenefitSystem  # noqa: PLC0415 -- idem

    country = CountryTaxBenefitSystem()
    for line in sys.stdin:
        wanted, count = line.split()
        simulation = SimulationBuilder().build_default_simulation(country, count=int(count))
        simulation.set_input("salary", PERIOD, np.arange(1, int(count) + 1) / 5)
        began = time.perf_counter()
        taxes = [simulation.calculate(name, PERIOD) for name in ("income_tax", "social_security_contribution")]
        spent = time.perf_counter() - began
        cents = sum(float(np.sum(tax, dtype=np.float64)) for tax in taxes) * 100
        print(spent if wanted == "seconds" else cents, flush=True)


if __name__ == "__main__":
    measure()
