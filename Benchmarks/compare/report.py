"""The table, and which goals are met."""

COLUMNS = (
    "workload", "server", "per second", "CPU us", "p50 us", "p99 us", "server core", "load core", "KiB each", "rate x",
    "CPU x")


def figure(value, digits=3):
    """At least `digits` significant digits, thousands separated."""
    if value is None:
        return "-"
    if value >= 1000:
        return f"{value:,.0f}"
    decimals = max(0, digits - len(f"{int(value)}")) if value >= 1 else digits
    return f"{value:.{decimals}f}"


def share(value):
    return "-" if value is None else f"{value:.0%}"


def kibibytes(result):
    """Of resident memory for each subscriber."""
    each = result.get("resident_bytes_each")
    return "" if each is None else f"{each / 1024:.1f}"


def ratio(ours, other):
    return None if not ours or not other else ours / other


def rows(name, workload, results):
    """One row a contestant; the last two columns are ours divided by theirs."""
    ours = results[workload.ours]
    for contestant in workload.contestants:
        r = results[contestant]
        is_ours = contestant == workload.ours
        yield (
            name, contestant, figure(r.get("rate")), figure(r.get("cpu_us")), figure(r.get("p50_us")),
            figure(r.get("p99_us")), share(r.get("server_share")), share(r.get("load_share")), kibibytes(r),
            "" if is_ours else figure(ratio(ours.get("rate"), r.get("rate"))),
            "" if is_ours else figure(ratio(ours.get("cpu_us"), r.get("cpu_us"))))


def goals(name, workload, results):
    """(met, sentence) for each goal."""
    ours = results[workload.ours]
    for bound in workload.bounds:
        value = ours[bound.metric]
        yield value <= bound.most, (
            f"{name}: {value / 1024:.1f} KiB for each stream; the goal is at most {bound.most / 1024:.0f} KiB")
    for goal in workload.goals:
        if goal.peer is None:
            met = ours[goal.metric] <= goal.factor
            yield met, f"{name}: {figure(ours[goal.metric])} us of CPU; the goal is at most {figure(goal.factor)}"
            continue
        if goal.peer not in results:
            continue
        value = ratio(ours[goal.metric], results[goal.peer][goal.metric])
        met = value <= goal.factor if goal.is_limit else value >= goal.factor
        what = {"cpu_us": "CPU per request", "p99_us": "p99", "rate": "rate"}[goal.metric]
        bound = "at most" if goal.is_limit else "at least"
        yield met, f"{name}: {what} {figure(value)} x {goal.peer}'s; the goal is {bound} {figure(goal.factor)} x"


def plain(table):
    widths = [max(len(row[i]) for row in (COLUMNS, *table)) for i in range(len(COLUMNS))]
    for row in (COLUMNS, *table):
        cells = [cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))]
        yield "  ".join(cells).rstrip()


def markdown(table, verdicts):
    yield "| " + " | ".join(COLUMNS) + " |"
    yield "|" + "---|" * 2 + "--:|" * (len(COLUMNS) - 2)
    for row in table:
        yield "| " + " | ".join(row) + " |"
    yield ""
    for met, sentence in verdicts:
        yield f"- {'met' if met else '**missed**'}: {sentence}"
