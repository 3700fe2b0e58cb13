"""multipart/form-data, read as strictly as a suspicious server would: every byte of a body belongs to a part or to a boundary.

read(content_type, body) gives [Part]; Wrong says what does not fit.
"""
import re

NAME = re.compile(r'form-data; name="([^"\\\r\n]+)"(?:; filename="([^"\\\r\n]+)")?\Z')


class Wrong(Exception):
    pass


class Part:
    def __init__(self, name, filename, type, bytes):
        self.name, self.filename, self.type, self.bytes = name, filename, type, bytes


def part(text):
    head, blank, body = text.partition(b"\r\n\r\n")
    if not blank:
        raise Wrong("a part without an end of its header")
    headers = {}
    for line in head.decode("ascii").split("\r\n"):
        name, colon, value = line.partition(": ")
        if not colon or name.lower() in headers:
            raise Wrong("the header line %r" % line)
        headers[name.lower()] = value
    named = NAME.match(headers.pop("content-disposition", ""))
    if not named:
        raise Wrong("a part without a name: %r" % head)
    kind = headers.pop("content-type", None)
    if headers:
        raise Wrong("headers that do not belong there: %s" % ", ".join(headers))
    if named.group(2) and not kind:
        raise Wrong("a file without a type")
    return Part(named.group(1), named.group(2), kind, body)


def read(content_type, body):
    found = re.match(r'multipart/form-data; boundary=("?)([0-9A-Za-z\'()+_,./:=?-]{1,70})\1\Z', content_type)
    if not found:
        raise Wrong("the content type %r" % content_type)
    edge = b"--" + found.group(2).encode()
    if not body.startswith(edge + b"\r\n") or not body.endswith(b"\r\n" + edge + b"--\r\n"):
        raise Wrong("a body that does not begin and end with its boundary")
    inner = body[len(edge) + 2: -len(edge) - 6]
    parts = [part(p) for p in inner.split(b"\r\n" + edge + b"\r\n")]
    if len({p.name for p in parts}) < len(parts):
        raise Wrong("two parts of one name")
    return parts
