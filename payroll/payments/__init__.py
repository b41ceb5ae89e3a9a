"""Payments: whose net goes where, the file for the bank, and what somebody owes back."""
