"""What scheduling does: one plain function per event, command or piece of due work."""
