"""The report on paper: tagged PDF, each figure beside its n and what it counts; nothing is fetched from elsewhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import jinja2
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from services.notifications.domain.figures import Name
from services.notifications.reports import words
from services.notifications.reports.names import language, moment
from services.notifications.reports.published import Published

HERE = Path(__file__).parent
VARIANT = "pdf/ua-1"
_NOTHING_FROM_ELSEWHERE = URLFetcher(allowed_protocols=("data",))


@cache
def _template() -> jinja2.Template:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("report.html")


def render(
    report: Published, names: dict[str, str], t: words.Say, *, zone: ZoneInfo, lang: str, direction: str
) -> bytes:
    """A page or a few; `t` speaks the reader's language."""
    from services.notifications.reports.verb import asides

    html = _template().render(
        report=report,
        names=names,
        t=t,
        lang=lang,
        dir=direction,
        figure_names=list(Name),
        value=words.value,
        percent=words.percent,
        points=words.points,
        language=lambda code: language(code, lang),
        moment=lambda at: moment(at, zone, lang),
        asides=asides,
    )
    fonts = FontConfiguration()
    style = CSS(filename=str(HERE / "report.css"), font_config=fonts)
    pdf = HTML(string=html, url_fetcher=_NOTHING_FROM_ELSEWHERE).write_pdf(
        stylesheets=[style], font_config=fonts, pdf_tags=True, pdf_variant=VARIANT
    )
    assert isinstance(pdf, bytes)
    return pdf
