"""The pages of admins besides the case log: users, organisations, catalogue, settings, jobs, tokens, webhooks."""
