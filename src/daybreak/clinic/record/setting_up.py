"""What is said on the command line before anybody signs in: the site and its people.

Whoever types here sees no page, so a slip has to be refused at once: a second site, or a name on no letter's foot,
would be found when people are in the chairs.
"""

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from daybreak.clinic.record import audit
from daybreak.clinic.record.actor import Actor
from daybreak.clinic.record.clinic_numbers import as_dialled
from daybreak.clinic.record.models import Patient, Site, User
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.queries import what_is_real
from daybreak.clinic.record.refusals import Refusal
from daybreak.treatment.labelling import Jurisdiction

COMMAND_LINE = Actor(None, "command line")
NO_NUMBER = "none"  # takes a telephone number away


def site_called(name: str) -> Site:
    """The site of this name, however it is spaced and capitalised.

    Raises:
        Refusal: naming the sites there are, and how a new one is made.
    """
    sites = list(Site.objects.order_by("name"))
    found = next((site for site in sites if site.name == name), None)
    found = found or next((site for site in sites if _plain(site.name) == _plain(name)), None)
    if found is None:
        known = ", ".join(repr(site.name) for site in sites)
        there = (
            f"There {'are' if len(sites) > 1 else 'is'} {known}. A further one"
            if sites
            else "There is none yet. Make it"
        )
        labels = "|".join(Jurisdiction)
        raise Refusal(f"No clinic is called {name!r}. {there}: `daybreak site NAME --new --jurisdiction {labels}`.")
    return found


@transaction.atomic
def add_site(name: str, jurisdiction: str) -> Site:
    """A new clinic, whose label has to be said: what is recorded there is held against it. Among synthetic people and
    with the switch of the demonstration it is one more of the demonstration.

    Raises:
        Refusal: for a name that is empty, odd or there already, for a label that is not on file, and for a clinic of
            one's own among synthetic people.
    """
    name = _line("The name of the clinic", name, Site, "name")
    if taken := _site_with(name):
        raise Refusal(f"{taken.name!r} is here already. Leave out --new to look at it or to change it.")
    is_synthetic = not what_is_real()
    if is_synthetic and Site.objects.exists() and not settings.DEMONSTRATION:
        raise Refusal(
            "This database is a demonstration, whose people are synthetic: a real clinic in it would end it. Name a "
            "database of its own in DAYBREAK_DATABASE. For a further clinic of the demonstration set "
            "DAYBREAK_DEMONSTRATION=1. Nothing was added."
        )
    in_demonstration = is_synthetic and settings.DEMONSTRATION
    site = Site.objects.create(name=name, jurisdiction=_label(jurisdiction), demonstration=in_demonstration)
    audit.record(COMMAND_LINE, "site added", subject=site, jurisdiction=site.jurisdiction)
    return site


@transaction.atomic
def change_site(
    site: Site,
    *,
    name: str | None = None,
    jurisdiction: str | None = None,
    phone: str | None = None,
    emergency_phone: str | None = None,
) -> None:
    """Put right what was said of a site; what is None stays, and `NO_NUMBER` takes a telephone number away.

    Raises:
        Refusal: for a name or label once somebody is recorded there, and for what cannot be.
    """
    said = {
        "name": name if name is None else _line("The name of the clinic", name, Site, "name"),
        "jurisdiction": jurisdiction if jurisdiction is None else _label(jurisdiction),
        "phone": phone if phone is None else _number("phone", phone),
        "emergency_phone": emergency_phone if emergency_phone is None else _number("emergency_phone", emergency_phone),
    }
    new = {field: value for field, value in said.items() if value not in (None, getattr(site, field))}
    people = Patient.objects.filter(site=site).count()
    if people and new.keys() & {"name", "jurisdiction"}:
        raise Refusal(
            f"{people} {'person is' if people == 1 else 'people are'} recorded at {site.name!r}, under its name and "
            f"the {site.jurisdiction} label: plans, limits and letters follow them, so both stay as they are. There is "
            "no way to change them now; whoever is treated under another label is recorded at a new clinic."
        )
    if "name" in new and (taken := _site_with(name)) is not None and taken != site:
        raise Refusal(
            f"Another clinic is called {taken.name!r}; two of one name cannot be told apart. Nothing was changed."
        )
    if new:
        before = {field: getattr(site, field) for field in new}
        audit.record(
            COMMAND_LINE, "site changed", subject=site, before=before, **{f"new_{key}": new[key] for key in new}
        )
        for field, value in new.items():
            setattr(site, field, value)
        site.save(update_fields=list(new))


def _site_with(name: str | None) -> Site | None:
    """The site whose name cannot be told from this one."""
    return next((site for site in Site.objects.all() if _plain(site.name) == _plain(name or "")), None)


def new_staff(username: str, *, role: str, name: str, site: str) -> User:
    """Somebody who can be added once a password is known: not kept yet.

    Raises:
        Refusal: for an unknown role or site, a user name that is odd or taken, and a name pages could not show.
    """
    if role not in list(Role) or role == Role.PATIENT:
        known = ", ".join(sorted(set(Role) - {Role.PATIENT}))
        raise Refusal(f"{role!r} is not a role of staff. Write one of: {known}.")
    place = site_called(site)
    username = free_username(username)
    name = _line("The name", name, User, "display_name")
    same = User.objects.filter(site=place, role=role, is_active=True)
    if namesake := next((each for each in same if _plain(each.display_name) == _plain(name)), None):
        raise Refusal(
            f"{namesake.display_name!r} is a {namesake.role_name} here already, with the "
            f"user name {namesake.username!r}. For another person, write a name by which pages "
            "tell them apart. Nothing was added."
        )
    return User(username=username, role=role, display_name=name, site=place)


@transaction.atomic
def add_staff(user: User, password: str) -> User:
    """Keep a new member of staff.

    Raises:
        Refusal: for a weak password.
    """
    keep_with_password(user, password)
    audit.record(COMMAND_LINE, "staff added", subject=user.username, role=user.role)
    return user


def keep_with_password(user: User, password: str) -> None:
    """Keep somebody new.

    Raises:
        Refusal: for a weak password.
    """
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refusal(f"{' '.join(error.messages)} Nothing was added.") from error
    user.set_password(password)
    user.save()


def free_username(typed: str) -> str:
    """A user name nobody has, however it is capitalised.

    Raises:
        Refusal: for one that is odd or taken.
    """
    if not typed:
        raise Refusal("The user name is empty. Write the word this person signs in with.")
    username = User.normalize_username(typed)
    most = User._meta.get_field("username").max_length
    if len(username) > most:
        raise Refusal(f"The user name is longer than {most} characters.")
    try:
        User.username_validator(username)
    except ValidationError as error:
        raise Refusal(f"{typed!r} is no user name. Write letters, digits and @ . + - _ only.") from error
    taken = next((each for each in User.objects.only("username") if _plain(each.username) == _plain(username)), None)
    if taken:
        raise Refusal(
            f"{username!r} cannot be told from {taken.username!r}, who is here already: sign-in does not look at "
            "capitals, so neither could sign in. Nothing was added."
        )
    return username


def _line(what: str, typed: str, model: type[Site | User], field: str) -> str:
    """A name in one line, as pages and letters show it."""
    text, most = " ".join(typed.split()), model._meta.get_field(field).max_length
    if not text:
        raise Refusal(f"{what} is empty. Write it as pages and letters shall show it.")
    if not text.isprintable():
        raise Refusal(f"{what} {text!r} holds characters that cannot be seen. Type it anew.")
    if not any(letter.isalpha() for letter in text):
        raise Refusal(f"{what} {text!r} has no letter. Write it as pages and letters shall show it.")
    if len(text) > most:
        raise Refusal(f"{what} is longer than {most} characters.")
    return text


def _number(field: str, typed: str) -> str:
    """A number to dial; a variable of a script that is empty takes none away."""
    if typed == NO_NUMBER:
        return ""
    if not typed.strip():
        option = f"--{field.replace('_', '-')}"
        raise Refusal(
            f"{option} is empty, and letters, cards and locked tablets name that number. Write it; to take it away on "
            f"purpose write {option} {NO_NUMBER}. Nothing was changed."
        )
    return as_dialled(field, typed)


def _label(jurisdiction: str) -> str:
    known = ", ".join(Jurisdiction)
    if not jurisdiction:
        raise Refusal(f"Whose label applies at the new clinic? Say it with --jurisdiction, one of: {known}.")
    if jurisdiction not in list(Jurisdiction):
        raise Refusal(f"No label of {jurisdiction!r} is on file. Write one of: {known}.")
    return jurisdiction


def _plain(text: str) -> str:
    """What is left of a name when case and spaces do not count."""
    return " ".join(text.split()).casefold()
