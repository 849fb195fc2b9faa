"""OneRoster CSV 1.1 and 1.2.1, read as a stream and checked file by file.

Specification: imsglobal.org/spec/oneroster/v1p2/bind/csv (August 2023) and imsglobal.org/oneroster-v11-final-csv-tables.
"""
