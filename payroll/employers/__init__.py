"""Who pays: the employers of the organisations, with their address, their account and their cut-off."""
