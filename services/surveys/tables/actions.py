"""What answers lead to: barriers, insights, needs, questions of the month."""
