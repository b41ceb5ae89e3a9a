"""Accounts that people have elsewhere, such as in Teams, and whose they are."""
