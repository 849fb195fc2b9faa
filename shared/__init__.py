"""What every Homeroom service stands on; knows no service."""
