"""Memory and glossary in other programs' files: TMX 1.4b, XLIFF 1.2 and 2.0, TBX, CSV."""
