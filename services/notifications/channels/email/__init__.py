"""Email: SMTP out, bounces and replies in."""
