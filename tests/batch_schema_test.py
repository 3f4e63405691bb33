#!/usr/bin/env python3
"""Holds schemas/batch.schema.json against examples that the importer takes or refuses (its test reads them, too)."""
import glob
import json
import os
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"SKIPPED: {missing}: tools/setup")
    sys.exit(0)

ROOT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..")


def main():
    with open(os.path.join(ROOT, "schemas/batch.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failures = 0
    examples = sorted(glob.glob(os.path.join(ROOT, "tests/scheduler/import/examples/*.yaml")))
    for path in examples:
        name = os.path.basename(path)
        with open(path, encoding="utf-8") as file:
            errors = [error.message for error in validator.iter_errors(yaml.safe_load(file))]
        if bool(errors) == name.startswith("good"):
            failures += 1
            print(f"{name}: {errors[0] if errors else 'is accepted'}")
    print(f"batch_schema_test: {len(examples)} examples, {failures} failures")
    return 1 if failures or not examples else 0


if __name__ == "__main__":
    sys.exit(main())
