"""From a sentence to an intent and its entities."""
