#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""page.py FILE...: check pages of reports for what every reader needs.

Well-formed; nothing from elsewhere and no script; ids once, links to them only; one h1 and no level
left out; tables with a caption and scoped heads; pictures with role, label, title and description,
and no number in them that is none. Prints how many of each a page has, exits 1 with each fault named.
"""
import re
import sys
from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "link", "input"}
# Elements of a page and of SVG that are written; nothing else is expected, so that markup of others shows.
KNOWN = set("""html head meta title style body main h1 h2 h3 h4 h5 nav ul li a p dl dt dd div table caption
thead tbody tr th td figure figcaption pre svg desc text line rect circle path""".split())


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack, self.faults, self.ids, self.links = [], [], [], []
        self.levels, self.count, self.children = [], {}, []

    def fault(self, what):
        self.faults.append(f"{self.getpos()[0]}: {what}")

    def handle_starttag(self, tag, attrs):
        self.start(tag, attrs, False)

    def handle_startendtag(self, tag, attrs):
        self.start(tag, attrs, True)

    def start(self, tag, attrs, closed):
        a = dict(attrs)
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag not in KNOWN:
            self.fault(f"<{tag}>")
        if self.children:
            self.children[-1].append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "src":
                self.fault(f"{tag} has {name}")
            if name == "href" and not value.startswith("#"):
                self.fault(f"a link to {value}")
            if re.search(r"nan|inf", value or "", re.I) and name in (
                    "x", "y", "x1", "y1", "x2", "y2", "d", "width", "height", "cx", "cy", "viewbox"):
                self.fault(f"{tag} {name}={value}")
        if "id" in a:
            self.ids.append(a["id"])
        if "href" in a:
            self.links.append(a["href"][1:])
        if re.fullmatch("h[1-6]", tag):
            level = int(tag[1])
            if level > (self.levels[-1] if self.levels else 0) + 1:
                self.fault(f"{tag} after h{self.levels[-1] if self.levels else 0}")
            self.levels.append(level)
        if tag == "th" and a.get("scope") not in ("col", "row"):
            self.fault("th without scope")
        if tag == "svg" and (a.get("role") != "img" or not a.get("aria-label")):
            self.fault("svg without role or label")
        if tag in VOID or closed:
            return
        self.stack.append(tag)
        self.children.append([])

    def handle_endtag(self, tag):
        if not self.stack or self.stack[-1] != tag:
            self.fault(f"</{tag}> in {self.stack[-3:]}")
            return
        self.stack.pop()
        inside = self.children.pop()
        if tag == "table" and (inside[:1] != ["caption"] or "thead" not in inside):
            self.fault(f"table without caption or head: {inside[:3]}")
        if tag == "svg" and inside[:2] != ["title", "desc"]:
            self.fault(f"svg begins with {inside[:2]}")


faults = 0
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as f:
        text = f.read()
    page = Page()
    page.feed(text)
    page.close()
    page.faults += [f"not closed: {tag}" for tag in page.stack]
    page.faults += [f"id {i} twice" for i in set(page.ids) if page.ids.count(i) > 1]
    page.faults += [f"link to {i}, which is not there" for i in page.links if i not in page.ids]
    if page.levels.count(1) != 1:
        page.faults.append(f"{page.levels.count(1)} h1")
    for part in ("prefers-color-scheme: dark", "@media print", "default-src 'none'", 'lang="en"', "viewport"):
        if part not in text:
            page.faults.append(f"no {part}")
    for fault in page.faults:
        print(f"{path}:{fault}")
    print(f"{path}: svg {page.count.get('svg', 0)} table {page.count.get('table', 0)}")
    faults += len(page.faults)
sys.exit(1 if faults else 0)
