"""Persons, organisations, teams, roles, verified addresses and sign-in."""
