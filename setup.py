"""Build the extension modules. Metadata is in pyproject.toml.

FASTSPLIT_DEBUG=1 turns Cython's bounds checks and the compiler's assertions on; FASTSPLIT_SANITIZE=1 does that and
builds with AddressSanitizer and UndefinedBehaviorSanitizer, and with the portable 128-bit arithmetic. A build of
another mode than the one before, which `build/mode` names, builds all modules again.
"""

import os
import sys
from glob import glob
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup

sanitize = bool(os.environ.get("FASTSPLIT_SANITIZE"))
debug = sanitize or bool(os.environ.get("FASTSPLIT_DEBUG"))

if sys.platform == "win32":
    compile_args, link_args = ["/std:c++17", "/O2"], []
else:
    # Sums of doubles have NumPy's bits: no product is fused with a sum. Without errno, square roots become vectors.
    compile_args, link_args = ["-std=c++17", "-O3", "-ffp-contract=off", "-fno-math-errno"], []
macros = [("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")]
if debug:
    compile_args += ["-O1", "-g", "-D_GLIBCXX_ASSERTIONS"]
if sanitize:
    flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"]
    compile_args += flags
    link_args += flags
    macros.append(("FASTSPLIT_PORTABLE_WIDE", "1"))

MODULES = {  # and what each is made of, beside its .pyx file
    "_kernels": ["csrc/*.hpp", "csrc/parts/*.hpp", "fastsplit/bindings/*.pxi", "fastsplit/_kernels.pxd"],
    "readers._texts": ["csrc/files/*.hpp", "csrc/parts/*.hpp"],
    "readers._records": ["csrc/files/*.hpp", "csrc/parts/*.hpp"],
}


def is_new_mode() -> bool:
    """Return whether the modules that may be there were built in another mode than this build's; note this one."""
    noted, mode = Path("build", "mode"), "sanitize" if sanitize else "debug" if debug else "release"
    before = noted.read_text() if noted.exists() else "release"
    if before != mode:
        noted.parent.mkdir(exist_ok=True)
        noted.write_text(mode)
    return before != mode


def module(name: str) -> Extension:
    """Return the extension module of a ``.pyx`` file."""
    return Extension(
        f"fastsplit.{name}",
        [f"fastsplit/{name.replace('.', '/')}.pyx"],
        include_dirs=["csrc", numpy.get_include()],
        depends=[path for pattern in MODULES[name] for path in glob(pattern)],
        language="c++",
        define_macros=macros,
        extra_compile_args=compile_args,
        extra_link_args=link_args,
    )


directives = {
    "language_level": 3,
    "boundscheck": debug,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": debug,
    "freethreading_compatible": True,  # a call keeps all that changes in its own objects, or in its thread's
}
# New C++ files make the modules older than what they are built from.
setup(ext_modules=cythonize([module(name) for name in MODULES], compiler_directives=directives, force=is_new_mode()))
