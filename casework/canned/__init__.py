"""Answers that handlers give often: written once in each language, inserted in that of the requester."""
