"""What lies on the desk: the queues of the handlers, narrowed, sorted, counted, and kept under a name."""
