"""Answering by page, paper, text message and telephone."""
