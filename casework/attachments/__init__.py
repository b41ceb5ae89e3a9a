"""Files that people hand in: sniffed, kept once by their SHA-256, and read by those who may."""
