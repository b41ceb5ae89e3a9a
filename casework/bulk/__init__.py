"""One deed for many cases at once: tried out first, then done case by case, each reported."""
