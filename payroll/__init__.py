"""From closed cases to pay: facts, effects, runs and the pure engine."""
