"""Recordings and rendered audio."""
