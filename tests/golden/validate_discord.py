#!/usr/bin/env python3
"""Holds the Discord bodies of the golden files to Discord's own OpenAPI schema.

The schema is not part of this repository: it is looked for in $MIA_DISCORD_SPEC and in
../shared/specs/discord-openapi-bot-strict.json beside it. Where it is absent this says
so and exits 77 (skipped). Only the standard library is used; the subset of JSON Schema
below is what that file needs, and an unknown keyword is an error, so that nothing is
taken for checked that was not.

Before the golden files, a few bodies that are wrong must be refused.
"""
import copy
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
ANNOTATIONS = {"description", "format", "title", "default", "deprecated", "readOnly", "contentEncoding", "example"}


class Checker:
    def __init__(self, spec):
        self.spec = spec

    def resolve(self, ref):
        node = self.spec
        for part in ref.lstrip("#/").split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]
        return node

    def errors(self, schema, value, path="$"):
        out = []
        for key, rule in schema.items():
            if key in ANNOTATIONS or key.startswith("x-") or key in ("then", "else"):
                continue
            check = getattr(self, "check_" + key.lstrip("$"), None)
            if check is None:
                raise SystemExit(f"validate_discord: keyword {key!r} is not known to this checker")
            out += check(rule, value, path, schema)
        return out

    def check_ref(self, rule, value, path, _):
        return self.errors(self.resolve(rule), value, path)

    def check_type(self, rule, value, path, _):
        names = rule if isinstance(rule, list) else [rule]
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        kinds = {
            "null": value is None,
            "boolean": isinstance(value, bool),
            "integer": is_number and float(value).is_integer(),
            "number": is_number,
            "string": isinstance(value, str),
            "array": isinstance(value, list),
            "object": isinstance(value, dict),
        }
        return [] if any(kinds[n] for n in names) else [f"{path}: {value!r} is not {' or '.join(names)}"]

    def check_enum(self, rule, value, path, _):
        return [] if value in rule else [f"{path}: {value!r} is none of {rule}"]

    def check_const(self, rule, value, path, _):
        return [] if value == rule else [f"{path}: {value!r} is not {rule!r}"]

    # The unit of a character is not stated by the platform: UTF-16 units are the strictest reading.
    def check_maxLength(self, rule, value, path, _):
        units = len(value.encode("utf-16-le")) // 2 if isinstance(value, str) else 0
        return [] if units <= rule else [f"{path}: {units} characters, at most {rule}"]

    def check_minLength(self, rule, value, path, _):
        return [] if not isinstance(value, str) or len(value) >= rule else [f"{path}: shorter than {rule}"]

    def check_pattern(self, rule, value, path, _):
        return [] if not isinstance(value, str) or re.search(rule, value) else [f"{path}: does not match {rule}"]

    def check_minimum(self, rule, value, path, _):
        return [] if not isinstance(value, (int, float)) or value >= rule else [f"{path}: below {rule}"]

    def check_maximum(self, rule, value, path, _):
        return [] if not isinstance(value, (int, float)) or value <= rule else [f"{path}: above {rule}"]

    def check_maxItems(self, rule, value, path, _):
        return [] if not isinstance(value, list) or len(value) <= rule else [f"{path}: more than {rule} items"]

    def check_minItems(self, rule, value, path, _):
        return [] if not isinstance(value, list) or len(value) >= rule else [f"{path}: fewer than {rule} items"]

    def check_uniqueItems(self, rule, value, path, _):
        if not rule or not isinstance(value, list):
            return []
        texts = [json.dumps(v, sort_keys=True) for v in value]
        return [] if len(set(texts)) == len(texts) else [f"{path}: items repeat"]

    def check_items(self, rule, value, path, _):
        if not isinstance(value, list):
            return []
        return [e for i, v in enumerate(value) for e in self.errors(rule, v, f"{path}[{i}]")]

    def check_properties(self, rule, value, path, _):
        if not isinstance(value, dict):
            return []
        return [e for k, v in value.items() if k in rule for e in self.errors(rule[k], v, f"{path}.{k}")]

    def check_additionalProperties(self, rule, value, path, schema):
        if not isinstance(value, dict) or rule is True:
            return []
        extra = [k for k in value if k not in schema.get("properties", {})]
        if rule is False:
            return [f"{path}.{k}: not a known member" for k in extra]
        return [e for k in extra for e in self.errors(rule, value[k], f"{path}.{k}")]

    def check_required(self, rule, value, path, _):
        return [f"{path}.{k}: missing" for k in rule if k not in value] if isinstance(value, dict) else []

    def check_allOf(self, rule, value, path, _):
        return [e for s in rule for e in self.errors(s, value, path)]

    def check_anyOf(self, rule, value, path, _):
        tried = [self.errors(s, value, path) for s in rule]
        return [] if any(not t for t in tried) else min(tried, key=len)

    def check_oneOf(self, rule, value, path, _):
        tried = [self.errors(s, value, path) for s in rule]
        fits = sum(not t for t in tried)
        if fits == 1:
            return []
        return [f"{path}: fits {fits} of the alternatives"] + (min(tried, key=len) if fits == 0 else [])

    def check_not(self, rule, value, path, _):
        return [f"{path}: fits what it must not be"] if not self.errors(rule, value, path) else []

    def check_if(self, rule, value, path, schema):
        branch = "then" if not self.errors(rule, value, path) else "else"
        return self.errors(schema[branch], value, path) if branch in schema else []


def limits_beside_the_schema(body):
    """What the documentation says and the schema does not: 6000 characters over all embeds; one id a button."""
    out, total, ids = [], 0, []
    for embed in body.get("embeds") or []:
        texts = [embed.get("title"), embed.get("description"), (embed.get("footer") or {}).get("text")]
        texts += [f[k] for f in embed.get("fields") or [] for k in ("name", "value")]
        total += sum(len(t.encode("utf-16-le")) // 2 for t in texts if t)
        out += [f"$: an empty field value: {f}" for f in embed.get("fields") or [] if not f["value"].strip()]
    if total > 6000:
        out.append(f"$: {total} characters in the embeds, at most 6000")
    for row in body.get("components") or []:
        ids += [b.get("custom_id") for b in row["components"]]
    if len(set(ids)) != len(ids):
        out.append("$: two buttons share an id")
    allowed = body.get("allowed_mentions") or {}
    if allowed.get("parse") != []:
        out.append("$: allowed_mentions.parse is not empty")
    mentioned = re.findall(r"(?<!\\)<@([!&]?)(\d+)>", body.get("content") or "")
    listed = [("&", i) for i in allowed.get("roles") or []] + [("", i) for i in allowed.get("users") or []]
    if sorted((k.replace("!", ""), i) for k, i in mentioned) != sorted(listed):
        out.append("$: the mentions of the content are not those that are allowed")
    return out


def bodies(path):
    """The JSON texts between "--- discord" and the next "--- telegram"."""
    lines, name = None, ""
    for line in open(path, encoding="utf-8"):
        if line.startswith("=== "):
            name = line[4:].strip()
        if line == "--- discord\n":
            lines = []
        elif line == "--- telegram\n" and lines is not None:
            yield name, json.loads("".join(lines))
            lines = None
        elif lines is not None:
            lines.append(line)


def negative_control(check, good):
    """The checker must refuse what is wrong, or it shows nothing."""
    def spoil(change):
        body = copy.deepcopy(good)
        change(body)
        return body

    button = {"type": 2, "style": 4, "label": "x", "custom_id": "a"}
    wrong = {
        "an unknown member": spoil(lambda b: b.update(colour=1)),
        "a title too long": spoil(lambda b: b["embeds"][0].update(title="🟢" * 129)),
        "a colour out of range": spoil(lambda b: b["embeds"][0].update(color=1 << 24)),
        "a field without a value": spoil(lambda b: b["embeds"][0].update(fields=[{"name": "x"}])),
        "six buttons in a row": spoil(lambda b: b.update(components=[{"type": 1, "components": [button] * 6}])),
        "a button without an id": spoil(lambda b: b.update(components=[{"type": 1, "components": [{"type": 2, "style": 1}]}])),
        "an id that is a number": spoil(lambda b: b["allowed_mentions"].update(users=[42])),
        "nothing to say": {},
    }
    return [f"not refused: {what}" for what, body in wrong.items() if not check(body)]


def main():
    spec_path = os.environ.get("MIA_DISCORD_SPEC") or os.path.join(
        ROOT, "..", "shared", "specs", "discord-openapi-bot-strict.json")
    if not os.path.exists(spec_path):
        print("# skipped: Discord's schema is not here (MIA_DISCORD_SPEC names it)")
        return 77
    with open(spec_path, encoding="utf-8") as f:
        checker = Checker(json.load(f))
    schemas = checker.spec["components"]["schemas"]

    def fits(body, schema="MessageCreateRequest"):
        return checker.errors(schemas[schema], body)

    def check(body, schema="MessageCreateRequest"):
        return fits(body, schema) or limits_beside_the_schema(body)

    names = sorted(n for n in os.listdir(HERE) if n.endswith(".txt"))
    samples = [(n, title, body) for n in names for title, body in bodies(os.path.join(HERE, n))]
    if not samples:
        print("not ok golden files with Discord bodies: none found")
        return 1
    problems = negative_control(fits, samples[0][2])
    for name, title, body in samples:
        problems += [f"{name} ({title}): {e}" for e in check(body)]
        edit = {k: v for k, v in body.items() if k != "flags"}
        problems += [f"{name} ({title}), as an edit: {e}" for e in check(edit, "MessageEditRequestPartial")]
    for p in problems:
        print(p)
    print(f"{'not ok' if problems else 'ok'} {len(samples)} Discord bodies of {len(names)} golden files fit the schema")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
