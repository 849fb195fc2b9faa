"""Decides who hears what, when and by which channel, and proves it."""
