"""Rules of surveys: pure, no framework, no I/O."""
