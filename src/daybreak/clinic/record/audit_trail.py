"""Reading the audit trail of a site: which entries are asked for, and how they are told."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from daybreak.clinic.record.forms import say_in_sentences
from daybreak.clinic.record.models import AuditEntry, Patient, Site, User
from daybreak.clinic.record.queries import audit_entries
from daybreak.clinic.record.times import midnight

MOST_IN_A_FILE = 20_000  # entries; ours: more takes a spreadsheet too long
NOBODY = "-"  # in place of a sign-in name, none of which is this
FIRST, LAST = date(2000, 1, 1), date(2199, 12, 31)  # days a person may mean; ours
# Words that find the entries of a kind. Others can be typed: whatever stands in what was done.
KINDS = (
    "signed in", "signed out", "wrong password", "wrong second factor", "sign-in paused", "not proved", "tablet",
    "opened", "refused", "account", "password", "second factor", "site", "limits", "flag", "course", "rules signed",
)  # fmt: skip
# What an entry whose subject is an id was about, by its detail; of the drug account by what was done.
_LEDGER, _ENTRY = "drug ledger", "entry {number}, {kind}"
_ABOUT = {"number": "session {}", "version": "version {}", "chair": "{}", "product": "{}"}
# What of an entry's detail is told beside it: nothing of a record, which an administrator does not open.
_TOLD = {"times": "try {}", "how": "by {}", "problem": "{}", "page": "{}", "why": "{}"}


class AuditForm(forms.Form):
    """Which entries: every field may stay empty, and all that are filled hold."""

    person = forms.CharField(required=False, max_length=100, label="Whose record", help_text="A part of the name.")
    user = forms.ChoiceField(required=False, label="Who", help_text="Did it, or was named.")
    kind = forms.CharField(
        required=False, max_length=60, label="What", widget=forms.TextInput(attrs={"list": "audit-kinds"}),
        help_text="A word of it, for example refused.",
    )  # fmt: skip
    first = forms.DateField(
        required=False, label="From day", help_text="It counts too.", widget=forms.DateInput(attrs={"type": "date"})
    )
    last = forms.DateField(
        required=False, label="To day", help_text="It counts too.", widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, data: Any, *, site: Site | None) -> None:
        super().__init__(data)
        people = User.objects.filter(site=site, patient__isnull=True).order_by("display_name")
        named = [(each.username, f"{each}{'' if each.is_active else ' (ended)'}") for each in people]
        self.fields["user"].choices = [("", "Anybody"), (NOBODY, "Nobody signed in"), *named]
        for field in self.fields.values():
            say_in_sentences(field, str(field.label))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        for name in ("first", "last"):
            if (day := said.get(name)) and not FIRST <= day <= LAST:
                self.add_error(name, f"“{self.fields[name].label}” is no day of this trail. Write it as 2026-12-31.")
        if said.get("first") and said.get("last") and said["first"] > said["last"]:
            self.add_error("last", "“To day” lies before “From day”. Change one of them.")
        return said

    @property
    def is_asking(self) -> bool:
        """Whether anything is filled."""
        return any(self.data.get(name) for name in self.fields)


def found(site: Site | None, said: dict[str, Any]) -> QuerySet[AuditEntry]:
    """The entries asked for, the newest first."""
    entries = audit_entries(site)
    if words := said["person"].split():
        people = Patient.objects.filter(site=site)
        for word in words:
            people = people.filter(Q(given_name__icontains=word) | Q(family_name__icontains=word))
        entries = entries.filter(patient__in=people)
    if said["user"] == NOBODY:
        entries = entries.filter(user__isnull=True)
    elif said["user"]:
        entries = entries.filter(Q(user__username=said["user"]) | Q(subject=said["user"]))
    if said["kind"]:
        entries = entries.filter(action__icontains=said["kind"].strip())
    if said["first"]:
        entries = entries.filter(at__gte=midnight(said["first"]))
    if said["last"]:
        entries = entries.filter(at__lt=midnight(said["last"] + timedelta(days=1)))
    return entries


def about(entry: AuditEntry) -> str:
    """What an entry was about, in words; empty where only an id says it, which nobody can read."""
    if not _is_id(entry.subject):
        return entry.subject
    if entry.action == _LEDGER:
        return _ENTRY.format(**entry.detail)
    return ", ".join(words.format(entry.detail[name]) for name, words in _ABOUT.items() if entry.detail.get(name))


def _is_id(subject: str) -> bool:
    try:
        UUID(subject)
    except ValueError:
        return False
    return True


def told(entry: AuditEntry) -> str:
    """What stands beside an entry of its detail, for example "try 3"; empty where that is nothing."""
    return ", ".join(words.format(entry.detail[name]) for name, words in _TOLD.items() if entry.detail.get(name))


def rows(entries: QuerySet[AuditEntry]) -> Iterator[dict[str, object]]:
    """The same as rows of a file."""
    for entry in entries.iterator(chunk_size=2000):
        yield {
            "when": timezone.localtime(entry.at).isoformat(timespec="seconds"),
            "who": str(entry.user or "Daybreak"),
            "sign-in name": entry.user.username if entry.user else "",
            "what": entry.action,
            "of what": about(entry),
            "more": told(entry),
            "whose record": str(entry.patient or ""),
            "from": entry.address,
            "id": entry.subject if _is_id(entry.subject) else "",
        }
