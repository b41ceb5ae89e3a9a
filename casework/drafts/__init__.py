"""Forms that somebody is still filling in, and the keys by which a page is sent only once."""
