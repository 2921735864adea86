"""Reads a page as a person without scripts does: its forms with what is filled in already, and what they send."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

Fields = dict[str, Any]


@dataclass
class PaperForm:
    """One form of a page: where it leads, what stands in it, and what each choice offers."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    offered: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def choice(self, name: str, words: str) -> str:
        """The value behind the words of a choice."""
        return next(value for value, label in self.offered[name] if words in label)


class _Reader(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PaperForm] = []
        self._form: PaperForm | None = None
        self._select = self._textarea = ""
        self._option: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = PaperForm(said.get("action", ""))
            self.forms.append(self._form)
        if self._form is None:
            return
        name = "" if "disabled" in said else said.get("name", "")  # a browser does not send it
        if tag == "input" and name:
            kind = said.get("type", "text")
            if kind in ("radio", "checkbox"):
                self._form.offered.setdefault(name, []).append((said.get("value", "on"), ""))
            if kind not in ("radio", "checkbox", "file") or "checked" in said:
                self._form.fields[name] = said.get("value", "")
        elif tag == "select":
            self._select = name
            self._form.fields.setdefault(name, "")
        elif tag == "option" and self._select:
            self._option = said.get("value", "")
            self._form.offered.setdefault(self._select, []).append((self._option, ""))
            if "selected" in said:
                self._form.fields[self._select] = self._option
        elif tag == "textarea":
            self._textarea = name
            self._form.fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._textarea:
            self._form.fields[self._textarea] += data
        elif self._form is not None and self._select and self._option is not None:
            value, label = self._form.offered[self._select][-1]
            self._form.offered[self._select][-1] = (value, label + data.strip())

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select, self._option = "", None
        elif tag == "textarea":
            self._textarea = ""


def forms(page: str) -> list[PaperForm]:
    """Every form of a page, in order."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


class Reader:
    """Somebody with a browser without scripts: opens pages, fills in their forms, sends them."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.address = ""
        self.page = ""

    def open(self, address: str) -> str:
        return self._arrive(self.client.get(address, follow=True))

    def form(self, action: str, having: str = "") -> PaperForm:
        """The form whose address ends so; `having`: the one with this field or with this value in one."""
        found = [
            each
            for each in forms(self.page)
            if (each.action.partition("?")[0] or self.address).endswith(action)
            and (not having or having in each.fields or having in each.offered or having in each.fields.values())
        ]
        assert found, f"No form leads to {action} on {self.address}."
        return found[0]

    def send(self, action: str, fields: Fields | None = None, *, having: str = "") -> str:
        """Send a form of the page that is open, with what is typed over what stands in it, and read what comes."""
        sent = self.form(action, having)
        filled = sent.fields | (fields or {})
        return self._arrive(self.client.post(sent.action or self.address, filled, follow=True))

    def _arrive(self, response: HttpResponse) -> str:
        self.page = response.content.decode()
        text = re.sub(r"<[^>]+>", " ", self.page)
        assert response.status_code == 200, " ".join(text.split())[-1500:]
        self.address = response.request["PATH_INFO"]
        return self.page
