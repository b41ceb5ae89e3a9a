"""Advice that a handler asks of colleagues, such as the legal cell: question and answer stay within the desk."""
