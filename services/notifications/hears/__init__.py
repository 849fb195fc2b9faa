"""What notifications hears of each producer; `service.py` puts them together."""
