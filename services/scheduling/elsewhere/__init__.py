"""Calendars of others, over the net: read and written with care, since neither their answers nor their addresses are ours."""
