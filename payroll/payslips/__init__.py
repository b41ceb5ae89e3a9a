"""Payslips: what a run booked for one person, kept as it was issued, on the portal and as a PDF."""
