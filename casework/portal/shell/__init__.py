"""What a page needs to feel at home: session, signed-in person, CSRF, language, layout, panels and error pages.

The edges (mail, chat, payroll) build their own pages on it; `casework.portal.shell.section` says what they hand in.
"""
