"""The Litestar application: routes, middleware, answers to refusals, the jobs' thread."""

from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from litestar import Litestar, Router
from litestar.concurrency import set_asyncio_executor
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig

from casesvc.answers import answer
from casesvc.api.accounts import AccountController, own_password
from casesvc.api.audit import audit_custody, case_custody, export_csv, export_docx, list_reads, statement
from casesvc.api.cases import CaseController, IncidentController, list_units
from casesvc.api.clocks import ClockController
from casesvc.api.copies import CopyController
from casesvc.api.custody import CustodyController
from casesvc.api.documents import DocumentController, list_forms
from casesvc.api.examinations import ExaminationController, work_list
from casesvc.api.exhibits import ExhibitController
from casesvc.api.gallery import gallery
from casesvc.api.handovers import HandoverController, open_handovers
from casesvc.api.labels import labels, scan_code
from casesvc.api.log import check_printed, checkpoint, consistency, exhibit_proof, log_state
from casesvc.api.places import PlaceController
from casesvc.api.session import SessionController
from casesvc.api.stock_takes import StockTakeController
from casesvc.api.system import canary, health, status
from casesvc.api.totp import TotpController
from casesvc.api.uploads import UploadController, list_uploads, upload_capabilities
from casesvc.auth import SessionMiddleware
from casesvc.database import provide_act, provide_tx
from casesvc.headers import complete, refuse_nul
from casesvc.installation import Installation, secret_of
from casesvc.jobs import Jobs
from casesvc.pages import page_handlers
from casesvc.pages.environment import make_environment

STATIC = Path(__file__).parent / "static"
LARGEST_FORM = 2 * 1024 * 1024  # bytes; files have a route of their own without this limit


# Handlers wait for the database, and a verification keeps its thread for minutes: more threads than cores. Commits and
# logins run in another pool, so that handlers waiting for a chain never stop the commit that frees it.
_HANDLERS = ThreadPoolExecutor(24, thread_name_prefix="handler")


@asynccontextmanager
async def working(app: Litestar) -> AsyncGenerator[None, None]:
    """The jobs' threads run as long as the application does."""
    app.state.jobs.start()
    yield
    app.state.jobs.end()
    app.state.installation.database.engine.dispose()


def create_app(here: Installation) -> Litestar:
    """The application of one installation."""
    set_asyncio_executor(_HANDLERS)
    api = Router(
        "/api/v1",
        route_handlers=[
            SessionController,
            TotpController,
            IncidentController,
            CaseController,
            ExhibitController,
            CopyController,
            upload_capabilities,
            UploadController,
            list_uploads,
            gallery,
            ClockController,
            CustodyController,
            HandoverController,
            open_handovers,
            ExaminationController,
            work_list,
            PlaceController,
            scan_code,
            labels,
            StockTakeController,
            audit_custody,
            export_csv,
            export_docx,
            case_custody,
            statement,
            list_reads,
            DocumentController,
            list_forms,
            list_units,
            health,
            status,
            canary,
            checkpoint,
            consistency,
            log_state,
            check_printed,
            exhibit_proof,
            AccountController,
            own_password,
        ],
    )
    return Litestar(
        route_handlers=[
            api,
            *page_handlers,
            create_static_files_router("/static", [STATIC], opt={"exclude_from_auth": True}, include_in_schema=False),
        ],
        dependencies={"act": Provide(provide_act), "tx": Provide(provide_tx)},
        middleware=[DefineMiddleware(SessionMiddleware, exclude=["^/static/"])],
        csrf_config=CSRFConfig(
            secret=secret_of(here.settings), cookie_secure=here.settings.secure_cookies, cookie_samesite="lax"
        ),
        before_request=refuse_nul,
        before_send=[complete],
        exception_handlers={Exception: answer},
        template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(make_environment())),
        openapi_config=OpenAPIConfig(
            title="火灾调查案件与证据系统 API",
            version=version("casesvc"),
            path="/schema",
            render_plugins=[
                SwaggerRenderPlugin(
                    path="/",
                    favicon='<link rel="icon" href="/static/seal.svg" type="image/svg+xml">',
                    js_url="/static/vendor/swagger-ui-bundle.js",
                    css_url="/static/vendor/swagger-ui.css",
                    standalone_preset_js_url="/static/vendor/swagger-ui-standalone-preset.js",
                )
            ],
        ),
        lifespan=[working],
        state=State({"installation": here, "jobs": Jobs(here)}),
        request_max_body_size=LARGEST_FORM,
    )
