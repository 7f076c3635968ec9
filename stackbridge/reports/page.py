"""What every page has: its head, its style, its policy, and the way texts get into it.

A content security policy allows only the page's own style and script, by their hashes. Every
text is escaped.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape

from stackbridge.reports.terminal import printable

__all__ = ["STYLE", "digest", "page", "text"]

STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#c9ced6;--dim:#545c68;
--ready:#0b6b35;--buildable:#0a5a8a;--unknown:#725400;--changes-needed:#7a3b95;--blocked:#a5161d}
@media (prefers-color-scheme:dark){:root{--ink:#e7eaef;--paper:#16191d;--line:#434a54;--dim:#aab2bd;
--ready:#63d18f;--buildable:#6fc0f2;--unknown:#e5c04d;--changes-needed:#d3a3ea;--blocked:#ff8a8f}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:84rem;padding:1rem 1.5rem 3rem;background:var(--paper);
color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem}
.tally{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;padding:0;list-style:none}
form{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:center;border:1px solid var(--line);
border-radius:.4rem;padding:.6rem .9rem}
input,select{font:inherit;padding:.15rem .4rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
caption{text-align:left;color:var(--dim);padding:.3rem 0}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
thead th{border-bottom:2px solid var(--line)}
th[scope=row]{font-weight:600;position:sticky;left:0;background:var(--paper);min-width:9rem;
max-width:20rem;overflow-wrap:anywhere}
.v{font-weight:600;white-space:nowrap}
.ready{color:var(--ready)}.buildable{color:var(--buildable)}.unknown{color:var(--unknown)}
.changes-needed{color:var(--changes-needed)}.blocked{color:var(--blocked)}
.dim{color:var(--dim)}
ul.why{margin:.2rem 0;padding-left:1.1rem}ul.why li{margin:.3rem 0}
.source{display:block;font-size:.85rem;color:var(--dim);overflow-wrap:anywhere}
summary{cursor:pointer}
code{font-size:.92em}
@media print{form,.skip{display:none}body{max-width:none;padding:0;font-size:10pt}
tr,li{break-inside:avoid}.scroll{overflow:visible}thead{display:table-header-group}}
"""


def digest(content: str) -> str:
    """The hash by which a content security policy allows an inline style or script."""
    raw = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(raw).decode()}'"


def text(value: object) -> str:
    """Escaped for element content and quoted attributes, without control characters."""
    return escape(printable(str(value)), quote=True)


def page(title: str, body: str, *, style: str, script: str) -> str:
    """A whole page. `title` and `body` are HTML; the script runs after the body."""
    policy = (
        f"default-src 'none'; style-src {digest(style)}; script-src {digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}<script>{script}</script>
</body>
</html>
"""
