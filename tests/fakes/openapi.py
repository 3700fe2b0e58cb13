"""A small JSON Schema checker for the bodies of an OpenAPI 3.0 or 3.1 document: what the specifications used here need.

Spec.check(method, path, body), check_query(method, path, query) and check_answer(method, path, status, body) give lists
of complaints, empty where all fits. Without the document everything fits.
"""
import json, os, re
from urllib.parse import unquote

NAME = "discord-openapi-bot-strict.json"
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
DAY = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
FORMATS = {
    "uuid": re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.I),
    "date": re.compile(DAY + r"\Z"),
    "date-time": re.compile(DAY + r"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)\Z"),
    "decimal": re.compile(r"-?\d{1,18}(?:\.\d{1,18})?\Z"),
}


def find(start, name=NAME):
    """The specification beside the project, wherever that lies."""
    here = os.path.abspath(start)
    while True:
        path = os.path.join(here, "shared", "specs", name)
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
                if isinstance(op, dict):
                    common = ops.get("parameters", [])
                    self.routes.append((method.upper(), route, template.count("{"), body and body["schema"], op, common, template))
        self.routes.sort(key=lambda r: r[2])  # the most literal route first

    def check(self, method, path, body):
        if not self.doc:
            return []
        found = self.route(method, path)
        if not found:
            return ["no such route: %s %s" % (method, path)]
        if found[3] is None:
            return [] if body is None else ["a body where none belongs"]
        return ["a body is missing"] if body is None else self.errors(found[3], body, "$")

    def route(self, method, path):
        return next((r for r in self.routes if r[0] == method and r[1].match(path)), None)

    def check_query(self, method, path, query):
        """Parameters of the query and of the path; one that is not in the document is a complaint too."""
        found = self.doc and self.route(method, path)
        if not found:
            return []
        out, known = [], set()
        names = re.findall(r"\{([^}]*)\}", found[6])
        inside = re.match("^" + re.sub(r"\{[^}]*\}", "([^/]+)", found[6]) + "$", path).groups()
        for p in found[4].get("parameters", []) + found[5]:
            p = self.ref(p) if "$ref" in p else p
            if p["in"] == "path":
                out += self.errors(p["schema"], unquote(inside[names.index(p["name"])]), p["name"])
            elif p["in"] == "query":
                known.add(p["name"])
                if p["name"] in query:
                    out += self.parameter(p["schema"], query[p["name"]], p["name"])
                elif p.get("required"):
                    out.append("%s is missing" % p["name"])
        return out + ["%s is no parameter of it" % k for k in query if k not in known]

    def parameter(self, s, text, at):
        s = self.ref(s) if "$ref" in s else s
        if s.get("format") == "date-time" and FORMATS["date"].match(text):
            return []  # a day is taken for a time there
        if s.get("type") == "array":
            return [e for x in text.split(",") for e in self.parameter(s.get("items", {}), x, at)]
        if s.get("type") in ("integer", "number", "boolean"):
            try:
                return self.errors(s, json.loads(text), at)
            except ValueError:
                return ["%s: %r is not %s" % (at, text, s["type"])]
        return self.errors(s, text, at)

    def check_answer(self, method, path, status, body):
        """What the document says of that status; an error's body is not looked at."""
        found = self.doc and self.route(method, path)
        answer = found and found[4].get("responses", {}).get(str(status))
        if not found or status >= 400:
            return []
        if answer is None:
            return ["%d is no answer of it" % status]
        answer = self.ref(answer) if "$ref" in answer else answer
        content = answer.get("content", {}).get("application/json")
        if content is None:
            return [] if body is None else ["a body where none belongs"]
        return ["a body is missing"] if body is None else self.errors(content["schema"], body, "$")

    def ref(self, schema):
        at = self.doc
        for step in schema["$ref"].split("/")[1:]:
            at = at[step]
        return at

    def errors(self, s, v, at):
        if s is True or s == {}:
            return []
        if "$ref" in s:
            return self.errors(self.ref(s), v, at)
        if v is None and s.get("nullable"):
            return []
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
        if s.get("format") in FORMATS and not FORMATS[s["format"]].match(v):
            out.append("%s: %r is no %s" % (at, v, s["format"]))
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
