"""Describes the interface as OpenAPI 3.1, made from the same rows as the routes."""

import re
from collections.abc import Sequence
from typing import Any

from casework.api.operations import PREFIX, Operation
from casework.api.schemas import QUERY, SCHEMAS

ERRORS = {
    "400": "The request cannot be read.",
    "401": "No token, or none that is in force.",
    "403": "The token or its holder may not do this.",
    "404": "There is no such thing, or it is not meant for you.",
    "409": "It cannot be done as things stand now.",
    "413": "Too large.",
    "422": "Some of it cannot be used; `errors` names what.",
    "429": "Too many requests; see Retry-After.",
}
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "The same request sent again with this key within 24 hours does nothing and gets the same answer.",
}


def describe(operations: Sequence[Operation], address: str) -> dict[str, Any]:
    """Return the OpenAPI document of these operations."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Balie", "version": "1", "description": "Cases of the HR and payroll desk, for programs."},
        "servers": [{"url": address}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Made on /admin/tokens; has scopes."}
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": {str(operation.status): _success(operation)} | {code: _error(code) for code in ERRORS},
        "security": [{"token": [operation.scope.value] if operation.scope else []}],
    }
    if operation.takes:
        schema = {"$ref": f"#/components/schemas/{operation.takes}"}
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    named = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", operation.path)
    ]
    asked = [
        {"name": name, "in": "query", "required": False, "schema": QUERY[name][0], "description": QUERY[name][1]}
        for name in operation.query
    ]
    return [*named, *asked, *([IDEMPOTENCY] if operation.method == "POST" else [])]


def _success(operation: Operation) -> dict[str, Any]:
    if operation.gives == "bytes":
        return {"description": operation.summary, "content": {"application/octet-stream": {}}}
    schema = {"$ref": f"#/components/schemas/{operation.gives}"}
    return {"description": operation.summary, "content": {"application/json": {"schema": schema}}}


def _error(code: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": ERRORS[code], "content": {"application/problem+json": {"schema": schema}}}
