"""A report as JUnit XML, which build servers read: an endpoint is a test."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

if TYPE_CHECKING:
    from stranglerfig.api.shadows.wire import EndpointReportWire, ReportWire

#: what XML 1.0 cannot hold
_UNWRITABLE = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def to_junit(report: ReportWire) -> bytes:
    """The verdict is a test of its own, so that a build fails by it even where no endpoint was compared."""
    suite = Element("testsuite", name="fig shadow replay")
    _add_case(suite, "verdict", None if report["verdict"] == "PASS" else report["reason"], report["reason"])
    for endpoint in report["endpoints"]:
        name = f"{endpoint['method']} {endpoint['endpoint']}"
        if endpoint["compared"]:
            is_excused = report["verdict"] == "PASS" or not endpoint["different"]
            told = "\n".join(difference_lines(endpoint))
            message = f"{endpoint['different']} of {endpoint['compared']} answers differ"
            _add_case(suite, name, None if is_excused else message, told)
        else:
            SubElement(_add_case(suite, name, None, ""), "skipped", message=_writable(endpoint["why_unusable"]))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    suite.set("errors", "0")
    root = Element("testsuites")
    root.append(suite)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def difference_lines(endpoint: EndpointReportWire) -> list[str]:
    return [
        f"{one['kind']} {one['place']} in {one['count']}: legacy {one['legacy'] or '-'}, "
        f"candidate {one['candidate'] or '-'}"
        for one in endpoint["differences"]
    ]


def _add_case(suite: Element, name: str, failure: str | None, told: str) -> Element:
    case = SubElement(suite, "testcase", classname="fig.shadow", name=_writable(name))
    if failure is not None:
        SubElement(case, "failure", message=_writable(failure)).text = _writable(told)
    elif told:
        SubElement(case, "system-out").text = _writable(told)
    return case


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
