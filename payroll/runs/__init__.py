"""Pay runs: a month calculated for everybody, stored, and corrected by differences only."""
