"""Surveys in the forms others write them in: XLSForm spreadsheets and SurveyJS JSON, both ways.

What cannot be said in our definitions is refused with its place; nothing is dropped without a word.
"""
