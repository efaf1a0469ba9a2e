"""The Chinese pages: the same acts as the API, parsed from forms and shown as HTML."""

from litestar import Router

from casesvc.pages import (
    accounts,
    cases,
    copies,
    documents,
    exhibits,
    gallery,
    home,
    incidents,
    sessions,
    system,
    timeline,
    upload,
)

# One router: added to the application one by one, the first of two handlers of a path is registered twice and breaks
# (litestar 2.25, sync_to_thread).
page_handlers = [
    Router(
        "/",
        route_handlers=[
            sessions.login_page,
            sessions.log_in,
            sessions.log_out,
            home.home,
            incidents.incidents,
            incidents.new_incident,
            incidents.record_incident,
            incidents.opening,
            incidents.open_case,
            cases.cases,
            cases.case_page,
            cases.record_step,
            cases.verify_case,
            cases.verification,
            gallery.gallery_page,
            gallery.viewed,
            timeline.timeline_page,
            timeline.record_clock,
            exhibits.exhibit_page,
            copies.edit_photo,
            exhibits.take_in,
            exhibits.scan,
            exhibits.new_sample,
            exhibits.register_sample,
            upload.upload_page,
            upload.uploads_page,
            documents.document_form,
            documents.issue_form,
            system.catalogue,
            system.status_page,
            system.run_canary,
            accounts.accounts,
            accounts.new_account,
            accounts.add_account,
            accounts.account,
            accounts.disable,
            accounts.reset,
            accounts.password,
            accounts.set_password,
        ],
    )
]
