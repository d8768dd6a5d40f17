"""One Wirewatch, used through the command line, the API and the pages."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient
from typer.testing import CliRunner, Result
from web.web_samples import token_in

from crawler.cli.alerts import commands as alerts_commands
from crawler.cli.channels import commands as channels
from crawler.cli.items import commands as items_commands
from crawler.cli.sources import commands as sources_commands
from crawler.runtime import utc_now
from crawler.web import Site

V1 = "/api/v1"
FACES = ("command", "api", "page")


@dataclass(frozen=True)
class Faces:
    """The three faces over one folder. `client`: a browser on this machine, which the API lets in too."""

    folder: Path
    site: Site
    client: TestClient

    def titles(self, face: str, **filters: str) -> set[str] | str:
        """The articles that a filter selects, or the error message."""
        if face == "command":
            result = self.command(items_commands.app, "list", "--json", "--limit", "100", **filters)
            if result.exit_code:
                return error_message(result)
            return {row["title"] for row in json.loads(result.stdout)}
        if face == "api":
            answer = self.client.get(f"{V1}/articles", params={"limit": "100", **filters})
            return {row["title"] for row in answer.json()["items"]} if answer.is_success else answer.text
        answer = self.client.get("/search", params=filters)
        return set(re.findall(r'class="row-title" href="[^"]*" dir="auto">([^<]+)<', answer.text)) or answer.text

    def silence(self, face: str, what: str, name: str, until: str) -> datetime | str:
        """Silence something; its stored end, or the error message."""
        if face == "command":
            result = self.command(alerts_commands.app, "silence", **{what: name, "until": until})
            message = error_message(result) if result.exit_code else ""
        elif face == "api":
            body = {"what": what, "name": name, "until": until}
            answer = self.client.post(f"{V1}/silences", json=body, headers={"authorization": "Bearer writer"})
            message = "" if answer.is_success else answer.text
        else:
            token = token_in(self.client.get("/silences").text)
            form = {"csrf": token, "what": what, "name": name, "until": until}
            answer = self.client.post("/silences", data=form)
            message = answer.text if answer.status_code != 303 else ""
        if message:
            return message
        return next(one.until for one in self.site.archive.outbox.silences(utc_now()) if one.name == name)

    def silences(self, face: str) -> list[tuple[str, str, datetime, bool]]:
        """The silences: kind, name, end, whether the watch file sets it."""
        if face == "page":
            html = self.client.get("/silences").text
            row = r'<tr><td>(\w+)</td><td><bdi>([^<]*)</bdi></td><td><time datetime="([^"]+)">.*?</tr>'
            found = re.finditer(row, html, re.DOTALL)
            return [
                (one[1], one[2], datetime.fromisoformat(one[3]), "set in the watch file" in one[0]) for one in found
            ]
        if face == "api":
            rows = self.client.get(f"{V1}/silences").json()
        else:
            rows = json.loads(self.command(alerts_commands.app, "silence", "--json").stdout)
        return [(row["what"], row["name"], datetime.fromisoformat(row["until"]), row["in_watch_file"]) for row in rows]

    def lift(self, face: str, what: str, name: str) -> str:
        """End a silence; the error message, or ""."""
        if face == "command":
            result = self.command(alerts_commands.app, "silence", "--end", **{what: name})
            return error_message(result) if result.exit_code else ""
        if face == "api":
            answer = self.client.delete(f"{V1}/silences/{what}/{name}", headers={"authorization": "Bearer writer"})
            return "" if answer.is_success else answer.text
        token = token_in(self.client.get("/silences").text)
        answer = self.client.post("/silences/end", data={"csrf": token, "what": what, "name": name})
        return "" if answer.status_code == 303 else answer.text

    def source_status(self, face: str, source: str) -> tuple[str, list[str], list[str]]:
        """The state of a source, the descriptions and hints of its problems, and the names of past problems."""
        if face == "page":
            html = self.client.get(f"/sources/{source}").text
            about = html.split("<dt>Health</dt>")[1].split("<dt>Articles</dt>")[0]
            health, _, history = about.partition("<dt>History</dt>")
            texts = re.findall(r'<p class="[^"]*small"><bdi>(.*?)</bdi>', health)
            return (
                re.findall(r'<span class="state [^"]*">([^<]+)<', health)[0],
                [unescape(text) for text in texts],
                re.findall(r'<span class="state off">([^<]+)<', history),
            )
        if face == "api":
            row = self.client.get(f"{V1}/sources/{source}").json()
        else:
            (row,) = json.loads(self.command(sources_commands.app, "health", source, "--json").stdout)
        texts = [text for one in row["problems"] for text in (one["description"], one["hint"])]
        return row["state"], texts or list(filter(None, [row["description"]])), [one["name"] for one in row["history"]]

    def test_message(self, face: str, channel: str) -> str:
        """Send a test message to a channel: what is printed or shown."""
        if face == "command":
            return self.command(channels.app, "test", channel).output
        token = token_in(self.client.get("/status").text)
        return self.client.post(f"/channels/{channel}/test", data={"csrf": token}).text

    def command(self, app: Any, *args: str, **options: str) -> Result:
        """Call a command with options by their names."""
        spelled = [part for name, value in options.items() for part in (f"--{name}", value)]
        return CliRunner().invoke(app, [*args, *spelled])


def error_message(result: Result) -> str:
    """The error message of a command, on one line."""
    assert result.exit_code == 2, (result.output, result.exception)
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", result.output).split())
