"""The pages of help, in four languages, and the helper that says where an absence is entered."""
