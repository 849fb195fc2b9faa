"""Pure rules of translation: no framework, no input or output."""
