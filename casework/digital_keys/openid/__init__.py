"""Signing in at an OpenID provider such as CSAM or itsme: code flow with PKCE, and what an answer has to prove."""
