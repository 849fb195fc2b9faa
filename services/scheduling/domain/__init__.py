"""The rules of scheduling: pure, on values, with no clock of their own."""
