"""Back-tests: run in the background, with progress and results."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Path, Request, Response
from fastapi.responses import RedirectResponse

from crawler.errors import RuleError
from crawler.rules import compile_rule
from crawler.rules.backtest import by_day
from crawler.usecases.backtesting import Backtest, Report
from crawler.usecases.times import since_of
from crawler.web.forms.drafts import SubmittedForm
from crawler.web.jobs import Job, Jobs, TooManyJobs
from crawler.web.pages.rules_editing import form
from crawler.web.rendering.charts import days_chart
from crawler.web.rendering.marking import pieces
from crawler.web.rendering.views import is_fragment, render
from crawler.web.site import Site, SiteOf

MAX_DAYS = 45  # a longer period is shown by week
MAX_BARS = 3660
PROCESSES = 1  # the other cores are left to the crawls

router = APIRouter()
JobId = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,40}$")]


@router.post("/rules/test")
def test(request: Request, site: SiteOf, sent: Annotated[SubmittedForm, Form()]) -> Response:
    """Start a back-test of the draft."""
    watch = site.watch_file.read().watch
    try:
        rule = compile_rule(sent.spec(watch.lists))
        since = since_of(sent.since or "30d", site.now())
    except (RuleError, ValueError) as error:
        if is_fragment(request):
            message = error.message if isinstance(error, RuleError) else str(error)
            return render(request, "_backtest_error.html", status=422, message=message)
        return form(request, site, sent, status=422)
    tags = watch.tags_by_source
    archive, url, until = site.archive, site.places.database_url, site.now()

    def work(job: Job[object]) -> Report:
        return Backtest(archive, url, rule, since, until, tags, PROCESSES).run(job.report_progress)

    try:
        job = _jobs(request).start(work, sent)
    except TooManyJobs:
        raise HTTPException(429, "Too many back-tests are running. Try again in a moment.") from None
    return _shown(request, site, job) if is_fragment(request) else RedirectResponse(f"/backtests/{job.id}", 303)


@router.get("/backtests/{job_id}")
def backtest(request: Request, site: SiteOf, job_id: JobId) -> Response:
    """Return the progress or result of a back-test below its form; for htmx only the fragment, which polls."""
    job = _jobs(request).find(job_id)
    if job is None:
        raise HTTPException(404, "This back-test has expired. Run it again.")
    return _shown(request, site, job)


@router.post("/backtests/{job_id}/cancel")
def cancel(request: Request, job_id: JobId) -> Response:
    """Cancel a back-test."""
    job = _jobs(request).find(job_id)
    if job is not None:
        job.cancel()
    return Response(status_code=204) if is_fragment(request) else RedirectResponse("/rules", 303)


def _shown(request: Request, site: Site, job: Job[object]) -> Response:
    snapshot = job.snapshot()
    context: dict[str, Any] = {"job": snapshot, "report": None}
    if isinstance(snapshot.result, Report):
        context = report_context(snapshot.result) | {"job": snapshot, "report": snapshot.result}
    if is_fragment(request) or not isinstance(job.about, SubmittedForm):
        return render(request, "_backtest.html", **context)
    return form(request, site, job.about, **context)


def report_context(report: Report) -> dict[str, Any]:
    """Return the template values of a report: the chart, its days, the samples."""
    step = 7 if report.days > MAX_DAYS else 1
    days = by_day(report.found, report.since, report.until, None, step)[-MAX_BARS:]
    samples = [sample | {"excerpts": [pieces(one) for one in sample["excerpts"]]} for sample in report.samples]
    return {"chart": days_chart(days, step), "days": days, "step": step, "samples": samples}


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs
