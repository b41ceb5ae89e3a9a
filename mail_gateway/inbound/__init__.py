"""From the bytes on the wire to a mail that the desk can act upon."""
