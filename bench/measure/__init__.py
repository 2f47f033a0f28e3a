"""
What `./dev bench` measures: one module a subject, each with `measure(bench, report)`, and what
they share (child, bench, report, floors). The table of measurements is in ../run.py.
"""
