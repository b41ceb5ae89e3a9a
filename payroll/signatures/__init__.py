"""Officers' signatures for law tables that nobody verified."""
