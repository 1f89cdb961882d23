#!/usr/bin/env python
"""Coverage-guided fuzzing of the ISAKMP codec: `PYTHONPATH=python fuzz/isakmp.py CORPUS`."""

import sys

import atheris

with atheris.instrument_imports(include=["cryptomap.wire", "cryptomap.ikev1.reassembly"]):
    from targets import run

if __name__ == "__main__":
    atheris.Setup(sys.argv, run)
    atheris.Fuzz()
