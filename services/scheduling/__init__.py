"""Scheduling: availability, offers, bookings that cannot collide, and promises kept on both sides."""
