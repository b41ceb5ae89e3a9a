"""Every operation of the interface, in one table."""

from casework.api import cases, lookups
from casework.api.models import Scope
from casework.api.operations import Operation

NUMBER = "/cases/{number}"

OPERATIONS = (
    Operation("GET", "/me", "whoAmI", "Who the token acts as.", None, lookups.who_am_i, "Me", writes=False),
    Operation(
        "GET", "/cases", "listCases", "Cases, the newest first.", Scope.CASES_READ, cases.list_cases, "Cases",
        query=("of", "status", "before", "limit"), writes=False,
    ),
    Operation(
        "POST", "/cases", "openCase", "Open a case.", Scope.CASES_WRITE, cases.open_case, "Case", "NewCase", status=201
    ),
    Operation("GET", NUMBER, "getCase", "One case with its timeline.", Scope.CASES_READ, cases.get_case, "Case"),
    Operation(
        "POST", NUMBER + "/messages", "writeMessage", "Add words to one's own case.", Scope.CASES_WRITE,
        cases.write_message, "Case", "NewMessage", status=201,
    ),
    Operation(
        "POST", NUMBER + "/attachments", "addFiles", "Add files to one's own case.", Scope.CASES_WRITE,
        cases.add_files, "Case", "NewFiles", status=201,
    ),
    Operation(
        "GET", NUMBER + "/attachments/{id}", "getFile", "The bytes of a file.", Scope.CASES_READ, cases.get_file,
        "bytes",
    ),
    Operation(
        "POST", NUMBER + "/decision", "decide", "Accept or refuse the answer.", Scope.CASES_WRITE, cases.decide,
        "Case", "Decision",
    ),
    Operation("POST", NUMBER + "/claim", "claim", "Take a case.", Scope.CASES_HANDLE, cases.claim, "Case", "Nothing"),
    Operation(
        "POST", NUMBER + "/answer", "answer", "Answer, ask, or write a note.", Scope.CASES_HANDLE, cases.answer,
        "Case", "NewAnswer", status=201,
    ),
    Operation(
        "GET", "/catalogue", "listForms", "The forms one may file.", Scope.CATALOGUE_READ, lookups.list_forms, "Forms",
        query=("language",), writes=False,
    ),
    Operation(
        "GET", "/catalogue/{key}", "getForm", "One form.", Scope.CATALOGUE_READ, lookups.get_form, "Form",
        query=("language",), writes=False,
    ),
    Operation(
        "GET", "/people", "findPeople", "People, for admins.", Scope.PEOPLE_READ, lookups.find_people, "People",
        query=("q", "before", "limit"), writes=False,
    ),
)  # fmt: skip
