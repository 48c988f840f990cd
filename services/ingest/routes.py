"""The routes of ingest.

Phones' posts go to their endpoint straight (`FrontDoor`): the middlewares and the router of FastAPI would cost a fifth
of what such a request costs in all. Everything else is an ordinary FastAPI application.
"""

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.ingest import problems
from services.ingest.endpoint import Endpoint, Handler, Render
from services.ingest.exchange import Answer, Exchange, Receive, Scope, Send
from services.ingest.json_api import JsonApi
from services.ingest.media_api import MediaApi
from services.ingest.openrosa_api import OpenRosaApi
from services.ingest.watch_api import WatchApi

KEY = "/key/"
SUBMISSION = "/submission"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class FrontDoor:
    """The application that the server calls: /submission and /key/{token}/submission, and FastAPI behind them."""

    def __init__(self, openrosa: OpenRosaApi, media: MediaApi, json: JsonApi, watch: WatchApi, noop: bool) -> None:
        submission: dict[str, Handler] = {"POST": openrosa.post_submission, "HEAD": openrosa.head_submission}
        self._plain = Endpoint(SUBMISSION, submission, openrosa.problem)
        self._with_key = Endpoint(KEY + "{token}" + SUBMISSION, submission, openrosa.problem)
        self._others = _application(openrosa, media, json, watch, noop)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path == SUBMISSION:
            scope["path_params"] = {}
            await self._plain(scope, receive, send)
        elif path.startswith(KEY) and path.endswith(SUBMISSION):
            scope["path_params"] = {"token": path[len(KEY) : -len(SUBMISSION)]}
            await self._with_key(scope, receive, send)
        else:
            await self._others(scope, receive, send)


def _application(openrosa: OpenRosaApi, media: MediaApi, json: JsonApi, watch: WatchApi, noop: bool) -> FastAPI:
    # FastAPI's telemetry would send exceptions with their messages wherever the environment says.
    telemetry = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
    app = FastAPI(title="Rihla ingest", openapi_url=None, docs_url=None, redoc_url=None, telemetry=telemetry)
    routes: list[BaseRoute] = []

    def add(path: str, render: Render, **methods: Handler) -> None:
        routes.append(Route(path, Endpoint(path, methods, render)))

    for prefix in ("", KEY + "{token}"):
        add(prefix + "/formList", openrosa.problem, GET=openrosa.get_form_list, HEAD=openrosa.get_form_list)
        add(prefix + "/forms/{survey}.xml", openrosa.problem, GET=openrosa.get_form, HEAD=openrosa.get_form)
        manifest, file = prefix + "/xformsManifest/{survey}", prefix + "/xformsMedia/{survey}/{file}"
        add(manifest, openrosa.problem, GET=media.get_manifest, HEAD=media.get_manifest)
        add(file, openrosa.problem, GET=media.get_file, HEAD=media.get_file)
    add("/v1/surveys/{survey}/submissions", json.problem, POST=json.post_submission)
    add("/v1/surveys/{survey}/submissions:batch", json.problem, POST=json.post_batch)
    add("/metrics", json.problem, GET=watch.metrics)
    add("/healthz", json.problem, GET=watch.healthy, HEAD=watch.healthy)
    add("/readyz", json.problem, GET=watch.ready, HEAD=watch.ready)
    if noop:
        routes.append(Route("/noop", _noop, methods=["POST"]))
    app.router.routes[:] = routes
    app.router.redirect_slashes = False
    app.router.default = _elsewhere(openrosa, json)
    return app


def _elsewhere(openrosa: OpenRosaApi, json: JsonApi) -> Endpoint:
    """Scripts talk JSON below /v1; at any other address it is an app with a mistyped server address."""

    async def nothing(exchange: Exchange) -> Answer:
        render = json.problem if str(exchange.scope["path"]).startswith("/v1/") else openrosa.problem
        return render(problems.NO_ROUTE.of())

    return Endpoint("elsewhere", dict.fromkeys(METHODS, nothing), json.problem)


async def _noop(request: Request) -> Response:
    """Reads the body and does nothing with it (RIHLA_INGEST__NOOP_ROUTE)."""
    await request.body()
    return Response(status_code=201)
