"""The desk: people, catalogue, cases, messages, attachments, outbox, audit and their pages."""
