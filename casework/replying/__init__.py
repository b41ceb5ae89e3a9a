"""Who is writing a reply to which case just now, and what they have written so far."""
