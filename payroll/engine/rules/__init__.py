"""One module per legal notion; each rule is a function from columns to columns."""
