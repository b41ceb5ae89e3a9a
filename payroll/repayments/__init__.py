"""What somebody was paid too much, when it is more than a month brings: a plan, which they can object to."""
