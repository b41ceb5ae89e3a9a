"""Files that people send: what they are, whether they are safe, where they are kept."""
