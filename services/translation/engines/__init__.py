"""Machine translation behind one port; one module per engine."""
