"""What came of a survey: response rates, who was not heard from, figures that hide small groups, exports. No I/O."""
