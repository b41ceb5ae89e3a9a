"""What can be asked of the desk: themes, forms, fields and documents, and the one checker of a filled-in form."""
