"""C programs of named cases (tests/c/inside.h): a table says which there are, and what 4.1.6 does wrong in each."""
import subprocess

import pytest


def parameters(table):
    """The cases of a table (name: what 4.1.6 does wrong, or None), for pytest.mark.parametrize."""
    return [pytest.param(name, marks=[pytest.mark.ours_only(reason=why)] if why else []) for name, why in table.items()]


def run_case(stage, program, name, environment=None):
    done = subprocess.run([stage.test_program(program), name], capture_output=True, text=True, timeout=120,
                          env={**stage.environment, **(environment or {})})
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{name}: ok" in done.stdout


def listed(stage, program):
    """The names of the cases that a program has."""
    return subprocess.run([stage.test_program(program), "--list"], capture_output=True, text=True, check=True,
                          env=stage.environment).stdout.split()
