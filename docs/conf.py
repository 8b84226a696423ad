"""The documentation site: ``sphinx-build -n -W --keep-going docs FOLDER``, after ``pip install '.[docs]'``."""

from __future__ import annotations

import fastsplit

project = "fastsplit"
author = "The fastsplit developers"
copyright = author  # noqa: A001 - the name that Sphinx reads
release = version = fastsplit.__version__
_REPOSITORY = "https://github.com/fastsplit/fastsplit"

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
source_suffix = {".md": "markdown"}
root_doc = "index"
nitpicky = True

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
highlight_language = "none"  # a block that names no language is a figure in characters

# The site is the same wherever it is built, and needs none of the engines.
autodoc_mock_imports = ["dask", "keras", "pandas", "pyarrow", "pyspark", "ray", "tensorflow"]
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say in words what an argument may be
autosummary_generate = False  # numpydoc turns it on
numpydoc_show_class_members = False  # autodoc lists them
default_role = "py:obj"
smartquotes = False  # "fair" in a docstring is code

html_theme = "pydata_sphinx_theme"
html_title = "fastsplit"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "github_url": _REPOSITORY,
    "header_links_before_dropdown": 6,
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
}
