#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""validate.py SCHEMA FILE...: check JSON files against a JSON Schema.

Exit 0 when all are valid, 1 with each fault named, 77 when python3-jsonschema is missing.
"""
import json
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(77)

with open(sys.argv[1], encoding="utf-8") as f:
    schema = json.load(f)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
faults = 0
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as f:
        doc = json.load(f)
    for fault in validator.iter_errors(doc):
        where = "/".join(str(p) for p in fault.absolute_path)
        print(f"{path}: /{where}: {fault.message[:200]}")
        faults += 1
sys.exit(1 if faults else 0)
