"""A picture as a file of its own: the same SVG with the few rules it needs where no stylesheet of the house reaches.

For the command line alone; a page never carries a style of its own.
"""

_RULES = """
.c{font:14px "Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;background:#fff}
.c text{fill:#4a5560}.c .strong{fill:#141b21;font-weight:600}.c .accent{fill:#0a5a78;font-weight:600}
.c .end{text-anchor:end}.c .mid{text-anchor:middle}
.c .halo{paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}
.c-axis{stroke:#141b21;stroke-width:1.25}.c-tick,.c-leader{stroke:#8a949c}.c-grid{stroke:#dcdcd4}.c-zero{stroke:#4a5560}
.c-line{fill:none;stroke:#141b21;stroke-width:2}.c-line.a{stroke:#0a5a78}.c-line.thin{stroke-width:1.25}
.c-line.broken{stroke-dasharray:7 5}
.c-point{fill:#141b21;stroke:#141b21;stroke-width:1.5}.c-point.a{fill:#0a5a78;stroke:#0a5a78}.c-point.hollow{fill:#fff}
.c-band{fill:#0a5a78;fill-opacity:.17}.c-band.b{fill:#141b21;fill-opacity:.1}
.c-box{fill:#141b21}.c-whisker{stroke:#141b21;stroke-width:1.5}.c-diamond{fill:#0a5a78}
.c-predict{stroke:#0a5a78;stroke-width:1.5;stroke-dasharray:4 3}.c-limit{stroke:#4a5560;stroke-dasharray:2 3}
.c-cross{stroke:#4a5560;stroke-width:2;fill:none}
"""


def standalone(svg: str) -> str:
    """An `<svg>` element as a whole file. Raises ValueError for anything else."""
    if not svg.startswith("<svg ") or ">" not in svg:
        raise ValueError("Only a picture can become a file of its own.")
    head, rest = svg.split(">", 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}>\n<style>{_RULES}</style>{rest}\n'
