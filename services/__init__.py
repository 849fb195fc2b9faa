"""The four services; each knows only itself and `shared`."""
