"""Who has to approve a request, in which order, and what each of them decided."""
