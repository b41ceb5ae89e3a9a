"""Payments: whose net goes where, and the file for the bank."""
