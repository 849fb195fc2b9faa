"""What a family opens by its link: the guide for this week with two buttons, and pictures from class. No JavaScript."""

from __future__ import annotations

from services.notifications.handlers import guides
from services.notifications.handlers.guides import TOO_HARD
from services.notifications.library import guide_in, library
from services.notifications.schemas import GuideAnswerIn
from services.notifications.store import briefs, people
from services.notifications.web.routes import api, day_on_the_clock, zone_for
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Resource, Subject, SubjectKind, decide
from shared.web import Request, Response, file_response, link, not_found, page

GUIDE = link("guide", single_use=False)
PICTURE = link("picture", single_use=False)


def _may(uow: UnitOfWork, request: Request, students: tuple[str, ...]) -> bool:
    """Whether this guardian may see something about these children today: a later restriction closes the link."""
    circle = people.circle(uow.connection, [request.person_id], students)
    return decide(
        Subject(SubjectKind.GUARDIAN, request.person_id, uow.district),
        Action.VIEW,
        Resource.guardian(request.person_id, uow.district, students=students),
        circle.facts(request.person_id, uow.now.date()),
    ).allowed


def _mine(uow: UnitOfWork, request: Request) -> people.Row:
    """The guide that the link names, if it is this guardian's and may still be seen."""
    row = briefs.guide(uow.connection, request.link.resource if request.link else "")
    if row is None or row["guardian_id"] != request.person_id or not _may(uow, request, (row["student_id"],)):
        raise not_found("guide")
    return row


@api.get("/guide/{token}", access=GUIDE, page=True)
def guide_page(request: Request) -> Response:
    """Three steps, what is good to know, and how it goes."""
    with request.unit_of_work() as uow:
        row = _mine(uow, request)
        return _page(uow, request, row, row["answer"])


@api.post("/guide/{token}", access=GUIDE, body=GuideAnswerIn())
def guide_answered(request: Request) -> Response:
    """ "We tried it" or "it is too hard": the teacher hears, the family gets thanks and an easier way."""
    with request.unit_of_work() as uow:
        row = _mine(uow, request)
        guides.answered(uow, row, request.data["answer"])
        return _page(uow, request, row, request.data["answer"])


def _page(uow: UnitOfWork, request: Request, row: people.Row, answer: str | None) -> Response:
    language, guide = guide_in(row["language"], row["topic"]) or ("en", library()["en"][row["topic"]])
    student = people.students(uow.connection, [row["student_id"]]).get(row["student_id"])
    name = student["given_name"] if student else ""
    return page(
        "notifications/guide.html",
        request,
        title=request.t("notifications.guide"),
        language=language,
        heading=guide.title,
        steps=[step.replace("{student}", name) for step in guide.steps],
        paragraphs=[text.replace("{student}", name) for text in guide.page],
        hard=guide.hard if answer == TOO_HARD else "",
        thanks=request.t("guide.thanks_hard" if answer == TOO_HARD else "guide.thanks_tried") if answer else "",
    )


def _picture(uow: UnitOfWork, request: Request) -> people.Row:
    """The picture that the link names, while it lasts and while this guardian may see what concerns these children."""
    row = briefs.media(uow.connection, request.link.resource if request.link else "")
    if row is None or row["message_id"] is None or row["expires_at"] <= uow.now:
        raise not_found("picture")
    children = {student for _, student in people.children_of(uow.connection, [request.person_id])}
    if row["kind"] == "photo":
        about = children & {each["student_id"] for each in people.students_of_class(uow.connection, row["class_id"])}
    else:
        about = children & set(briefs.tags_of(uow.connection, [row["media_id"]]).get(row["media_id"], ()))
    if not any(_may(uow, request, (student,)) for student in sorted(about)):
        raise not_found("picture")
    return row


@api.get("/picture/{token}", access=PICTURE, page=True)
def picture_page(request: Request) -> Response:
    """The picture with what it shows, and until when."""
    with request.unit_of_work() as uow:
        row = _picture(uow, request)
        until = day_on_the_clock(row["expires_at"], zone_for(uow, (row["school_id"],)), request.locale)
    return page(
        "notifications/picture.html",
        request,
        title=request.t("notifications.picture"),
        caption=row["caption"],
        source=f"/notifications/picture-file/{request.params['token']}",
        until=request.t("picture.until", day=until),
    )


@api.get("/picture-file/{token}", access=PICTURE)
def picture_file(request: Request) -> Response:
    """The picture itself."""
    with request.unit_of_work() as uow:
        row = _picture(uow, request)
    return file_response(bytes(row["content"]), media_type=row["content_type"])
