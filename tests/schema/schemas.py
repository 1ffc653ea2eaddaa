# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of JSON schemas share."""
import json
import re

import jsonschema


def in_python(schema):
    """The schema with its patterns, which are ECMA-262's, as Python has them: $ is the very end."""
    if isinstance(schema, dict):
        return {
            key: re.sub(r"\$(?=\)|$)", r"\\Z", value)
            if key == "pattern" and isinstance(value, str) else in_python(value)
            for key, value in schema.items()
        }
    return [in_python(value) for value in schema] if isinstance(schema, list) else schema


def load(schema):
    schema = json.loads(schema.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(in_python(schema))


def properties(schema):
    """Every key that a schema describes."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        schema = list(schema.values())
    if isinstance(schema, list):
        for value in schema:
            yield from properties(value)


def keys(document):
    if isinstance(document, dict):
        yield from document
        document = list(document.values())
    if isinstance(document, list):
        for value in document:
            yield from keys(value)
