"""A small JSON Schema checker for request bodies of an OpenAPI 3.1 document: what Discord's strict specification uses.

Spec.check(method, path, body) gives a list of complaints, empty where the body fits. Without the document every body fits.
"""
import json, os, re

NAME = os.path.join("shared", "specs", "discord-openapi-bot-strict.json")
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def find(start):
    """The specification beside the project, wherever that lies."""
    here = os.path.abspath(start)
    while True:
        path = os.path.join(here, NAME)
        if os.path.exists(path):
            return path
        up = os.path.dirname(here)
        if up == here:
            return None
        here = up


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def regex(pattern):
    """Python knows no \\p{…}: letters and digits of any script stand for all of them."""
    return re.sub(r"\\p\{[^}]*\}", r"\\w", pattern)


class Spec:
    def __init__(self, path):
        self.path, self.doc, self.routes = path, None, []
        if not path:
            return
        with open(path) as f:
            self.doc = json.load(f)
        for template, ops in self.doc["paths"].items():
            route = re.compile("^" + re.sub(r"\{[^}]*\}", "[^/]+", template) + "$")
            for method, op in ops.items():
                body = op.get("requestBody", {}).get("content", {}).get("application/json") if isinstance(op, dict) else None
                self.routes.append((method.upper(), route, template.count("{"), body and body["schema"]))
        self.routes.sort(key=lambda r: r[2])  # the most literal route first

    def check(self, method, path, body):
        if not self.doc:
            return []
        for m, route, _, schema in self.routes:
            if m == method and route.match(path):
                if schema is None:
                    return [] if body is None else ["a body where none belongs"]
                return ["a body is missing"] if body is None else self.errors(schema, body, "$")
        return ["no such route: %s %s" % (method, path)]

    def ref(self, schema):
        return self.doc["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]

    def errors(self, s, v, at):
        if s is True or s == {}:
            return []
        if "$ref" in s:
            return self.errors(self.ref(s), v, at)
        out = []
        kinds = s.get("type")
        if kinds and not any(is_type(v, k) for k in ([kinds] if isinstance(kinds, str) else kinds)):
            return ["%s: %r is not %s" % (at, v, kinds)]
        if "enum" in s and v not in s["enum"]:
            out.append("%s: %r is none of %s" % (at, v, s["enum"][:8]))
        if "const" in s and v != s["const"]:
            out.append("%s: %r is not %r" % (at, v, s["const"]))
        if isinstance(v, str):
            out += self.text(s, v, at)
        elif isinstance(v, (int, float)) and not isinstance(v, bool):
            if v < s.get("minimum", v) or v > s.get("maximum", v):
                out.append("%s: %r is out of range" % (at, v))
        elif isinstance(v, list):
            out += self.array(s, v, at)
        elif isinstance(v, dict):
            out += self.object(s, v, at)
        return out + self.combined(s, v, at)

    def text(self, s, v, at):
        out = []
        if not s.get("minLength", 0) <= len(v.encode("utf-16-le")) // 2 <= s.get("maxLength", 1 << 30):
            out.append("%s: a length of %d" % (at, len(v)))
        if "pattern" in s and not re.search(regex(s["pattern"]), v):
            out.append("%s: %r does not match" % (at, v))
        return out

    def array(self, s, v, at):
        out = []
        if not s.get("minItems", 0) <= len(v) <= s.get("maxItems", 1 << 30):
            out.append("%s: %d elements" % (at, len(v)))
        if s.get("uniqueItems") and len({json.dumps(x, sort_keys=True) for x in v}) < len(v):
            out.append("%s: elements repeat" % at)
        for i, x in enumerate(v):
            out += self.errors(s.get("items", True), x, "%s[%d]" % (at, i))
        return out

    def object(self, s, v, at):
        out = ["%s: %s is missing" % (at, k) for k in s.get("required", []) if k not in v]
        known, extra = s.get("properties", {}), s.get("additionalProperties", True)
        if len(v) > s.get("maxProperties", 1 << 30):
            out.append("%s: too many members" % at)
        for k, x in v.items():
            out += self.errors(s.get("propertyNames", True), k, at + ".(name)")
            if k in known:
                out += self.errors(known[k], x, at + "." + k)
            elif extra is False:
                out.append("%s: %s does not belong there" % (at, k))
            elif isinstance(extra, dict):
                out += self.errors(extra, x, at + "." + k)
        return out

    def combined(self, s, v, at):
        out = [e for x in s.get("allOf", []) for e in self.errors(x, v, at)]
        for key in ("anyOf", "oneOf"):
            if key not in s:
                continue
            tries = [self.errors(x, v, at) for x in s[key]]
            if not any(t == [] for t in tries):
                out += min(tries, key=len)
        if "if" in s and not self.errors(s["if"], v, at):
            out += self.errors(s.get("then", True), v, at)
        return out
