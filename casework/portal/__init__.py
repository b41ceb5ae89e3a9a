"""The pages of the desk: for employees, handlers and admins."""
