"""The pure engine: columns of whole cents in, columns of whole cents out, law from packaged YAML."""
