"""Letters: from words to a tagged PDF, in a process of its own, since rendering is work for the processor alone."""
