"""Payroll's pages and panels: what a case changes in pay, what waits for somebody, and what the runs came to."""
