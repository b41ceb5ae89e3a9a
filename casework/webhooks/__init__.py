"""Tells other systems that something happened on a case: which, when, and nothing about anybody."""
