"""Set-based queries of surveys, by what they are about; the only place with SQL."""
