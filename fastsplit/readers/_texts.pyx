# distutils: language = c++
"""The scanner of text files: records, fields, and their distinct values."""
