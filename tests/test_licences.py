"""What the locked packages are licensed under may be used in a product, and what is not on the list is looked at."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).parent.parent / "requirements"
# SPDX identifiers, and what older packages write into their classifiers. None asks for the source of what uses it.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-0", "MIT-CMU",
    "MPL-2.0", "PSF-2.0", "Unlicense", "Zlib", "ZPL-2.1",
    "Apache Software License", "BSD License", "ISC License (ISCL)", "MIT License",
    "Mozilla Public License 2.0 (MPL 2.0)", "Python Software Foundation License",
}  # fmt: skip
EXCEPTIONS = {
    "pebble": "LGPL-3.0: a library that is imported unchanged, and that its users can replace",
    "psycopg": "LGPL-3.0-only: the same; an extra",
    "psycopg-binary": "LGPL-3.0-only: the same; an extra",
    "tld": "one of three licences, of which LGPL-2.1-or-later is chosen: the same",
    "chardetng-py": "MIT: its licence file; the metadata names none",
    "axe-playwright-python": "MIT: its licence file; the metadata names none; for tests only",
}


def locked() -> list[str]:
    text = (REQUIREMENTS / "dev.txt").read_text()  # it holds what the others hold, but for the tools of `make audit`
    return sorted(set(re.findall(r"^([a-z0-9][a-z0-9.-]*)==", text, re.MULTILINE)))


def licences(package: Distribution) -> list[list[str]]:
    """Return groups of licences, of each of which one is enough: an SPDX expression, or each classifier, or a text."""
    metadata = package.metadata
    found = [name.rpartition(" :: ")[2] for name in metadata.get_all("Classifier", []) if name.startswith("License ::")]
    named = [name for name in found if name not in {"OSI Approved", "DFSG approved"}]
    if named and not metadata.get("License-Expression"):
        return [[name] for name in named]
    text = str(metadata.get("License-Expression") or metadata.get("License") or "none named").strip().splitlines()[0]
    return [[one.strip("() ") for one in re.split(r"\s+OR\s+", part)] for part in re.split(r"\s+AND\s+", text)]


@pytest.mark.parametrize("name", locked())
def test_a_locked_package_has_a_licence_on_the_list(name: str):
    try:
        package = distribution(name)
    except PackageNotFoundError:
        pytest.skip("locked for another platform or version of Python")
    is_allowed = all(ALLOWED & set(group) for group in licences(package))
    assert is_allowed != (name in EXCEPTIONS), licences(package)


def test_exceptions_are_of_packages_that_are_there():
    assert EXCEPTIONS.keys() <= set(locked())


def test_the_lists_of_what_runs_are_within_the_list_that_is_checked():
    for name in ("run", "image"):
        text = (REQUIREMENTS / f"{name}.txt").read_text()
        assert set(re.findall(r"^(\S+==\S+)", text, re.MULTILINE)) <= set(
            re.findall(r"^(\S+==\S+)", (REQUIREMENTS / "dev.txt").read_text(), re.MULTILINE)
        ), name
