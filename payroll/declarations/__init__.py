"""What is told to the books, the tax office and social security, from the same ledger as the payslips."""
