"""By when a request is to be worked, whose days have passed, and who is told when they are over."""
