"""The console in the browser: pages made at the server, plain forms, nothing loaded from elsewhere."""

from __future__ import annotations

import functools
import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fieldapp.base.errors import FieldappError
from fieldapp.base.i18n import Language, read
from fieldapp.base.settings import resource
from fieldapp.central.desk import SEVERITIES, Desk
from fieldapp.central.refusals import BadAccount, BadEntry, TooManyTries, UnknownBlob
from fieldapp.central.service import CentralService
from fieldapp.central.state import room_of
from fieldapp.central.web.appointment_pages import AppointmentPages
from fieldapp.central.web.asking import Ask
from fieldapp.central.web.deciding import ConflictPages
from fieldapp.central.web.form_pages import FormPages
from fieldapp.central.web.plan_pages import PlanPages
from fieldapp.central.web.reading import Sent, has_files, read_fields, read_sent
from fieldapp.central.web.sessions import SESSION_SECONDS, Sessions
from fieldapp.central.web.views import Views
from fieldapp.central.web.walk_pages import WalkPages
from fieldapp.central.web.words import WORDS, Words
from fieldapp.domain.customers import Person
from fieldapp.domain.documents import ServiceReport

__all__ = ["console_routes"]

SESSION = "fieldapp_session"
LANGUAGE = "fieldapp_language"

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


Page = Callable[[Ask], Response]


def console_routes(service: CentralService) -> APIRouter:
    """All pages of the console."""
    router = APIRouter()
    console = _Console(service)
    deciding = ConflictPages(console.render)
    more = (FormPages(console.render), PlanPages(console.render), AppointmentPages(console.render), WalkPages(console.render))
    pages: list[tuple[str, str, Page]] = [
        ("GET", "/console/cases", console.cases),
        ("GET", "/console/cases/new", console.new_case),
        ("POST", "/console/cases/new", console.create_case),
        ("GET", "/console/cases/{key}", console.case),
        ("POST", "/console/cases/{key}/assign", console.assign),
        ("POST", "/console/cases/{key}/note", console.note),
        ("GET", "/console/reports", console.reports),
        ("GET", "/console/reports/{key}.pdf", console.report_file),
        ("GET", "/console/conflicts", deciding.conflicts),
        ("POST", "/console/conflicts/{key}/settle", deciding.settle),
        ("POST", "/console/conflicts/{key}/undo", deciding.undo),
        ("GET", "/console/laptops", console.laptops),
        ("POST", "/console/laptops/code", console.new_code),
        ("POST", "/console/laptops/{key}/block", console.block),
        ("POST", "/console/logout", console.log_out),
        *(route for each in more for route in each.routes()),
    ]
    for method, path, page in pages:
        router.add_api_route(path, console.guarded(page), methods=[method], response_model=None)
    router.add_api_route("/", _home, methods=["GET"], response_model=None)
    router.add_api_route("/console", _home, methods=["GET"], response_model=None)
    router.add_api_route("/console/style.css", _style, methods=["GET"], response_model=None)
    router.add_api_route("/console/login", console.login_page, methods=["GET"], response_model=None)
    router.add_api_route("/console/login", console.log_in, methods=["POST"], response_model=None)
    router.add_api_route("/console/language/{language}", _choose_language, methods=["GET"], response_model=None)
    return router


class _Console:
    def __init__(self, service: CentralService) -> None:
        self._service = service
        self._sessions = Sessions(service)
        self._templates = Environment(
            loader=FileSystemLoader(str(resource("console"))),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    # ------------------------------------------------------------------------------------------------ sessions

    def guarded(self, page: Page) -> Callable[[Request], Any]:
        """A route around a page: session, form, origin and CSRF token are checked before, errors become pages after."""

        async def route(request: Request) -> Response:
            sent: Sent = (dict(parse_qsl(request.url.query, keep_blank_values=True)), {}, None)
            if request.method == "POST":
                if has_files(request) and await run_in_threadpool(self._sessions.find, request.cookies.get(SESSION, "")) is None:
                    return RedirectResponse("/console/login", 303)  # what nobody may send is not read
                sent = await read_sent(request)
            return await run_in_threadpool(self._answer, page, request, sent)

        functools.update_wrapper(route, page, assigned=("__name__",))
        del route.__wrapped__  # type: ignore[attr-defined]  # the web framework would read the page's signature instead
        return route

    def _answer(self, page: Page, request: Request, sent: Sent) -> Response:
        fields, files, refusal = sent
        language = _language(request)
        session = self._sessions.find(request.cookies.get(SESSION, ""))
        if session is None:
            return RedirectResponse("/console/login", 303)
        account, csrf = session
        ask = Ask(request, account, Desk(self._service, account.person, account.shown), language, csrf, fields, files)
        if refusal is not None:
            return self.render(ask, "message.html", 413, message=refusal.read(language))
        if request.method == "POST" and not (_same_origin(request) and hmac.compare_digest(ask.field("csrf"), csrf)):
            return self.render(ask, "message.html", 403, message=BadEntry(field="csrf").read(language))
        try:
            return page(ask)
        except FieldappError as fault:
            status = 404 if fault.code in {"FA-612", "FA-632"} else 400
            return self.render(ask, "message.html", status, message=fault.read(language))

    async def login_page(self, request: Request) -> Response:
        """Name and password."""
        return self._login_form(request, "")

    def _login_form(self, request: Request, message: str, status: int = 200) -> Response:
        language = _language(request)
        html = self._templates.get_template("login.html").render(w=Words(language), language=language, message=message)
        return HTMLResponse(html, status, headers=_HEADERS)

    async def log_in(self, request: Request) -> Response:
        """Begin a session; wrong tries are counted for each name and slow down."""
        fields = await read_fields(request)
        name = fields.get("name", "").strip()
        if not _same_origin(request):
            return self._login_form(request, BadEntry(field="origin").read(_language(request)), 403)
        try:
            cookie = await run_in_threadpool(self._sessions.begin, name, fields.get("password", ""))
        except (BadAccount, TooManyTries) as fault:
            return self._login_form(request, fault.read(_language(request)), 403)
        response = RedirectResponse("/console/cases", 303)
        secure = request.url.scheme == "https"
        response.set_cookie(SESSION, cookie, max_age=SESSION_SECONDS, httponly=True, samesite="lax", secure=secure)
        return response

    def log_out(self, ask: Ask) -> Response:
        """End all sessions of the account."""
        self._sessions.end(ask.account)
        response = RedirectResponse("/console/login", 303)
        response.delete_cookie(SESSION)
        return response

    # ------------------------------------------------------------------------------------------------ pages

    def render(self, ask: Ask, template: str, status: int = 200, **values: Any) -> Response:
        """A page from its template."""
        html = self._templates.get_template(template).render(
            w=Words(ask.language), language=ask.language, account=ask.account, csrf=ask.csrf, here=ask.request.url.path, **values
        )
        return HTMLResponse(html, status, headers=_HEADERS)

    def cases(self, ask: Ask) -> Response:
        """The list of cases."""
        state = ask.field("state") if ask.field("state") in {"open", "closed", "all"} else "open"
        rows = Views(ask.desk, ask.language).cases(state, ask.field("text"))
        return self.render(ask, "cases.html", rows=rows, state=state, text=ask.field("text"))

    def case(self, ask: Ask) -> Response:
        """One case."""
        return self.render(ask, "case.html", page=Views(ask.desk, ask.language).case(ask.key), message="")

    def new_case(self, ask: Ask) -> Response:
        """The empty form; first the customer, then what belongs to him."""
        choices = Views(ask.desk, ask.language).choices(ask.field("customer_id"))
        return self.render(ask, "new_case.html", choices=choices, values=dict(ask.fields), severities=SEVERITIES, message="")

    def create_case(self, ask: Ask) -> Response:
        """Open the case and show it."""
        scheme, _, severity = ask.field("severity").partition(":")
        try:
            if severity not in SEVERITIES.get(scheme, ()):
                raise BadEntry(field=_word("severity", ask.language))
            case = ask.desk.create_case(
                customer_id=ask.field("customer_id"),
                site_id=ask.field("site_id"),
                summary=ask.field("summary"),
                scheme=scheme,
                severity=severity,
                contract_id=ask.field("contract_id"),
                asset_id=ask.field("asset_id"),
                description=ask.field("description"),
                caller_name=ask.field("caller_name"),
                caller_phone=ask.field("caller_phone"),
                customers_number=ask.field("customers_number"),
                error_code=ask.field("error_code"),
            )
        except FieldappError as fault:
            choices = Views(ask.desk, ask.language).choices(ask.field("customer_id"))
            values = {"choices": choices, "values": dict(ask.fields), "severities": SEVERITIES}
            return self.render(ask, "new_case.html", 400, message=fault.read(ask.language), **values)
        return RedirectResponse(f"/console/cases/{case.id}", 303)

    def assign(self, ask: Ask) -> Response:
        """Give the case to an engineer."""
        ask.desk.assign(ask.key, ask.field("engineer_id"), ask.field("reason"))
        return RedirectResponse(f"/console/cases/{ask.key}", 303)

    def note(self, ask: Ask) -> Response:
        """Add to the time line."""
        ask.desk.note(ask.key, ask.field("text"))
        return RedirectResponse(f"/console/cases/{ask.key}", 303)

    def reports(self, ask: Ask) -> Response:
        """The list of reports."""
        return self.render(ask, "reports.html", rows=Views(ask.desk, ask.language).reports())

    def report_file(self, ask: Ask) -> Response:
        """The PDF of a report: the stamped one when there is one."""
        report = ask.desk.get(ServiceReport, ask.key)
        digest = report.stamped_digest or report.pdf_digest
        if not digest:
            raise UnknownBlob
        data = self._service.blobs.get(digest)
        name = quote(f"{report.number or report.id}.pdf")
        return Response(data, media_type="application/pdf", headers={**_HEADERS, "Content-Disposition": f"inline; filename*=UTF-8''{name}"})

    def laptops(self, ask: Ask, code: str = "", name: str = "") -> Response:
        """Engineers with their laptops, and the new one-time code when one was just made."""
        made = read(WORDS["code_made"], ask.language, name=name) if code else ""
        return self.render(
            ask, "laptops.html", rows=Views(ask.desk, ask.language).engineers(), room=room_of(ask.desk.service), code=code, code_for=made
        )

    def new_code(self, ask: Ask) -> Response:
        """Make a one-time code and show it, once."""
        desk = ask.desk
        person = desk.get(Person, ask.field("engineer_id"))
        return self.laptops(ask, desk.new_enrol_code(person.id), person.name)

    def block(self, ask: Ask) -> Response:
        """Revoke a laptop."""
        self._service.revoke(ask.key)
        return RedirectResponse("/console/laptops", 303)


async def _home() -> Response:
    """The way in."""
    return RedirectResponse("/console/cases", 303)


async def _style() -> Response:
    """The one style sheet."""
    return FileResponse(Path(resource("console/style.css")), media_type="text/css")


async def _choose_language(request: Request, language: str) -> Response:
    """Remember the language and go back."""
    back = urlsplit(request.headers.get("referer", "")).path
    response = RedirectResponse(back if back.startswith("/console/") else "/console/cases", 303)
    if language in {"zh", "en"}:
        response.set_cookie(LANGUAGE, language, max_age=365 * 86400, httponly=True, samesite="lax")
    return response


def _word(name: str, language: Language) -> str:
    return read(WORDS[name], language)


def _language(request: Request) -> Language:
    return "en" if request.cookies.get(LANGUAGE) == "en" else "zh"


def _same_origin(request: Request) -> bool:
    """Whether a form was sent from our own pages; browsers that send no Origin still need the token."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
