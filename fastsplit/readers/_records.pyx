# distutils: language = c++
"""The scanner of TFRecord files: frames, checksums, and one feature of each example."""
