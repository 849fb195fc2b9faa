"""Quotas, versions and what a submit leaves."""
