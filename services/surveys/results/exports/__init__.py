"""Responses handed to other programs: CSV, XLSX, SPSS, DDI-Codebook, Ed-Fi. Rows are streamed; nothing holds a whole district."""

from services.surveys.results.exports.formats import FORMATS, Format, write

__all__ = ["FORMATS", "Format", "write"]
