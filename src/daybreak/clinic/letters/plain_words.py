"""The letter for the person: short sentences, plain words, and no number but those they gave or were given."""

from collections.abc import Iterator

from daybreak.clinic.followup.queries import FollowUp
from daybreak.clinic.letters.about_course import day
from daybreak.treatment.drugs import Route
from daybreak.treatment.indications import indication
from daybreak.treatment.instruments import Direction
from daybreak.treatment.labelling import Jurisdiction, labelling
from daybreak.treatment.suicide_pathway import help_lines

HOW = {
    Route.IV: "into a vein", Route.IM: "into a muscle", Route.SC: "under the skin", Route.NASAL: "as a nasal spray",
    Route.ORAL: "by mouth", Route.SUBLINGUAL: "under the tongue",
}  # fmt: skip


def sections(follow: FollowUp) -> Iterator[tuple[str, str]]:
    """Heading and text."""
    yield "What you had", _treatment(follow)
    yield "How your answers changed", _scores(follow)
    yield "About this medicine", _label(follow)
    yield (
        "What we do not know",
        (
            "We do not know how long the effect lasts for you. We cannot say for sure what your change comes from. "
            "Your answers in the next weeks help us to see it."
        ),
    )
    yield "What comes next", _next(follow)
    yield "When you need help", _help(follow)
    yield "A word from us", ""


def _treatment(follow: FollowUp) -> str:
    first, last, count = follow.doses[0], follow.doses[-1], len(follow.sessions_given)
    how = " and ".join(dict.fromkeys(f"{dose.drug} {HOW[dose.route]}" for dose in follow.doses))
    if count == 1:
        return f"You had one treatment with {how}, on {day(last.started_at)}."
    return f"You had {count} treatments with {how}, from {day(first.started_at)} to {day(last.started_at)}."


def _scores(follow: FollowUp) -> str:
    curve = follow.primary
    if curve is None or curve.latest is None:
        return "We have no answers of yours on record yet."
    scale, newest = curve.instrument, curve.latest
    better = f"A {'lower' if scale.direction is Direction.WORSE_HIGH else 'higher'} number is better."
    said = [f"We asked you the questions of “{scale.name}”. {better}"]
    if curve.baseline is None:
        said.append("We have no answers from before your first treatment.")
    else:
        said.append(f"Before treatment your answers added up to {float(curve.baseline.score):g}.")
    if curve.baseline is None or newest.completed_at > curve.baseline.at:
        said.append(f"On {day(newest.completed_at)} they added up to {newest.total:g}.")
    else:
        said.append("We have no answers since.")
    return " ".join(said)


def _label(follow: FollowUp) -> str:
    last, course = follow.doses[-1], follow.course
    place, about = course.patient.site.jurisdiction, indication(course.indication).name
    about = about[0].lower() + about[1:]
    if place not in list(Jurisdiction):
        return f"We cannot tell here whether this medicine is approved for {about}. Ask your doctor."
    if labelling(last.drug, last.route, course.indication, Jurisdiction(place)).labelled:
        return f"This medicine, given {HOW[last.route]}, is approved for {about}, under conditions. Ask us about them."
    return (
        f"This medicine, given {HOW[last.route]}, is not approved for {about}. This is called off-label. Ask us "
        "about it at any time."
    )


def _next(follow: FollowUp) -> str:
    booked, planned = follow.appointment, follow.next_session
    if booked is None and planned is None:
        return "No further treatment is planned now. We talk with you about what comes next."
    when = f"planned for {day(planned.day)}" if planned else ""
    if booked is not None:
        when = f"booked for {day(booked.starts_at)}"
    return (
        f"Your next treatment is {when}. Somebody has to take you home. Do not drive until "
        "the next day, after a night's sleep."
    )


def _help(follow: FollowUp) -> str:
    site = follow.course.patient.site
    said = ["If you feel worse, or think about harming yourself, do not wait for your next visit."]
    said += [f"Call us: {site.phone}."] if site.phone else ["Call us."]
    said += [f"{line.words}." for line in help_lines(site.jurisdiction)]
    return "\n".join(said)
