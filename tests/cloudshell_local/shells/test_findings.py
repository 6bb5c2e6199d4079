from __future__ import annotations

from cloudshell_local.shells.findings import Findings


def test_a_warning_is_kept_once() -> None:
    findings = Findings()
    findings.warn("f.yaml: odd")
    findings.warn("f.yaml: odd")
    findings.fail("f.yaml: wrong")
    assert findings == Findings(["f.yaml: wrong"], ["f.yaml: odd"])
