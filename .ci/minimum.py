"""Print the smallest version of everything that pyproject.toml declares, as constraints of pip.

Each ``name>=version`` becomes ``name==version``. Markers are ignored: Python 3.11 satisfies all.
"""

import re
from itertools import chain
from pathlib import Path

import tomllib

MINIMUM = re.compile(r"([\w-]+)>=([\d.]+)( *;.*)?")

declared = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
project = declared["project"]
extras = chain.from_iterable(project["optional-dependencies"].values())
requirements = {*declared["build-system"]["requires"], *project["dependencies"], *extras}
for match in filter(None, map(MINIMUM.fullmatch, sorted(requirements))):
    print(f"{match[1]}=={match[2]}")
