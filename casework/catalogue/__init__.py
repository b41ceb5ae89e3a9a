"""What can be asked of the desk: themes, forms, fields, documents, and the one checker of answers."""
