"""To whom the desk itself gives a case that nobody has: by rules of the house, and never to somebody who is away."""
