"""The pages of received mail: what came in, what became of it, and the door through which it is released."""
