"""Loading of the watch file: bytes -> text -> positions -> environment -> models -> checks."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path as FilePath

from pydantic import ValidationError

from crawler.config.file.checks import check
from crawler.config.file.environ import substitute
from crawler.config.file.explain import explain
from crawler.config.file.places import MAX_BYTES, Document, read_yaml
from crawler.config.file.rulecheck import check_rules
from crawler.config.file.secrets import secrets_path, with_secrets
from crawler.config.sources import Crawl, Source
from crawler.config.watch import Watch
from crawler.errors import ConfigError, Problem


def load_watch(path: FilePath, environ: Mapping[str, str]) -> Watch:
    """Read the watch file at `path`; `${NAME}` takes its value from `environ`, otherwise from the secrets file.

    Takes about 0.4 ms a source; a service reads it in a thread. Raises `ConfigError` with all problems, also for a file
    that is missing, unreadable, not a regular file, too large or not UTF-8.
    """
    return parse_watch(read_text(path), with_secrets(path, environ), subject=str(path))


def parse_watch(text: str, environ: Mapping[str, str], *, subject: str) -> Watch:
    """Parse the text of a watch file; `subject` names it in errors. Raises `ConfigError` with all problems."""
    document = read_yaml(text, subject=subject)
    if not isinstance(document.data, dict):
        found = "the file is empty" if document.data is None else "the top level of the file is not a mapping"
        raise ConfigError((*document.problems, Problem(1, 1, found, "start with sources:")), subject=subject)
    environment = substitute(document, environ)
    watch = None
    try:
        watch = Watch.model_validate(document.data)
    except ValidationError as error:
        explain(error.errors(include_url=False), document, environment)
    check(document)
    check_rules(document, environment)
    if document.problems or watch is None:
        raise ConfigError(_sorted(document), subject=subject)
    return watch.model_copy(
        update={"sources": tuple(with_defaults(source, watch.defaults) for source in watch.sources)}
    )


def _sorted(document: Document) -> tuple[Problem, ...]:
    unique = dict.fromkeys(document.problems)
    return tuple(sorted(unique, key=lambda problem: (problem.line, problem.column)))


def with_defaults(source: Source, defaults: Crawl) -> Source:
    """Apply the defaults to `source`. A source with `every` or `cron` ignores the defaults of both.

    `every: adaptive` becomes None: afterwards, an adaptive source is one without `every` and `cron`.
    """
    given = {name for name in Crawl.model_fields if getattr(source, name) is not None}
    if given & {"every", "cron"}:
        given |= {"every", "cron"}
    inherited = {name: getattr(defaults, name) for name in Crawl.model_fields if name not in given}
    update = {name: value for name, value in inherited.items() if value is not None}
    if not (update.get("every") or source.every):
        update["every"] = None
    return source.model_copy(update=update)


def read_text(path: FilePath) -> str:
    """Read a watch file as text, without a byte order mark. Raises `ConfigError`."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            kind = "a folder" if stat.S_ISDIR(found.st_mode) else "not a regular file"
            raise _error(path, kind, "pass the path of the watch file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _error(path, "no such file", "run `wirewatch run` to create one, or pass another with --watch") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path cannot be read"
        raise _error(path, reason, "check the file and its permissions") from error
    if len(data) > MAX_BYTES:
        raise _error(path, f"more than {MAX_BYTES // 2**20} MiB", "this is probably not a watch file")
    return _decode(data, path)


def _decode(data: bytes, path: FilePath) -> str:
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        found = "UTF-16 text" if wide else f"a byte that is not UTF-8 (0x{data[error.start]:02X})"
        raise ConfigError((Problem(line, column, found, "save the file as UTF-8"),), subject=str(path)) from error


def _error(path: FilePath, found: str, fix: str) -> ConfigError:
    return ConfigError((Problem(0, 0, found, fix),), subject=str(path))


def fingerprint(path: FilePath) -> str:
    """Return a hash of the content of the file and its secrets; "" if it cannot be read (`load_watch` reports why)."""
    try:
        found = blake2b(read_text(path).encode(), digest_size=16)
    except ConfigError:
        return ""
    with suppress(OSError):
        found.update(b"\0" + secrets_path(path).read_bytes())
    return found.hexdigest()
