"""The routes of the auditor's desk, for :mod:`tests.casesvc.test_routes`."""

from tests.casesvc.routes import Call

WHY = {"params": {"purpose": "季度检查"}}

OF_AUDIT = {
    "GET /cases/{number:str}/custody": Call("investigator"),
    "GET /api/v1/cases/{number:str}/custody": Call("custodian"),
    "GET /api/v1/cases/{number:str}/custody/statement": Call("legal", WHY),
    "GET /cases/{number:str}/exhibits/{exhibit:str}/reads": Call("supervisor"),
    "GET /api/v1/cases/{number:str}/exhibits/{exhibit:str}/reads": Call("supervisor"),
}
LISTS_OF_AUDIT = {
    *("GET /custody/audit", "GET /custody/audit/defects", "GET /api/v1/custody/audit"),
    *("GET /api/v1/custody/audit/export.csv", "GET /api/v1/custody/audit/export.docx"),
}
