"""From a closed case to a dated fact, exactly once."""
