"""What translation does with what it hears, what comes due and what its pages are sent."""
