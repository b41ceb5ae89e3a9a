"""From a row in the outbox to a mail on its way."""
