"""Digital keys: what people prove themselves with (password, app, token list, eID, itsme), and how it is kept."""
