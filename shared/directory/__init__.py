"""A district's folder and roster: read, checked, planned, applied, rolled back.

Start at `folder.py` (what a district folder holds), then `engine/__init__.py` (validate, plan, apply, history, rollback).
"""
