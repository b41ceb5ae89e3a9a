"""The REST interface under /api/v1: for programs, with the services and permissions of the pages."""
