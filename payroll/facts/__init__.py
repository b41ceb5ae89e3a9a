"""Dated facts about people on two time axes: when a fact is valid, and when it became known."""
