import EventLoop
import Foundation
import Metrics
import Testing

@Suite struct MetricsTests {
  /// Runs `body` on each of three loops, then returns the lines of one family.
  static func lines(
    of name: String, _ format: MetricsFormat = .prometheus, prepare: (MetricsRegistry) -> Void = { _ in },
    count: @escaping @Sendable (MetricCells, Int) -> Void = { _, _ in }
  ) async -> [String] {
    let group = EventLoopGroup(count: 3)
    let registry = MetricsRegistry(group: group)
    prepare(registry)
    for loop in group.loops {
      await Task(executorPreference: loop) { count(registry.cells(on: loop), loop.index) }.value
    }
    let text = await registry.render(format)
    group.shutdown()
    #expect(text.hasSuffix("\n"))
    return text.split(separator: "\n").map(String.init).filter { line in
      line.hasPrefix(name) || line.hasPrefix("# HELP \(name)") || line.hasPrefix("# TYPE \(name)")
    }
  }

  @Test func `what several loops count is added up`() async {
    let group = EventLoopGroup(count: 3)
    let registry = MetricsRegistry(group: group)
    let calls = registry.register(
      MetricFamily("calls", help: "Calls.", kind: .counter, labels: ["method"]), series: [["A"], ["B"]])
    let open = registry.register(MetricFamily("open", help: "Open.", kind: .gauge))
    let time = registry.registerHistograms(
      MetricFamily("time_seconds", help: "Time.", kind: .histogram(bounds: [1_000, 1_000_000]), scale: 1e-9))
    for loop in group.loops {
      await Task(executorPreference: loop) {
        let cells = registry.cells(on: loop)
        cells.add(to: calls)
        cells.add(10, to: calls[1])
        cells.add(1, to: open)
        if loop.index == 0 { cells.add(-2, to: open) }
        for value in [1, 1_000, 1_001, 5_000_000] { cells.observe(value, in: time) }
      }.value
    }
    let text = await registry.render()
    for line in [
      "# HELP calls_total Calls.", "# TYPE calls_total counter", "calls_total{method=\"A\"} 3",
      "calls_total{method=\"B\"} 30", "# TYPE open gauge", "open 1", "# TYPE time_seconds histogram",
      "time_seconds_bucket{le=\"1e-06\"} 6", "time_seconds_bucket{le=\"0.001\"} 9",
      "time_seconds_bucket{le=\"+Inf\"} 12", "time_seconds_sum 0.015006006", "time_seconds_count 12",
    ] {
      #expect(text.contains("\n\(line)\n") || text.hasPrefix("\(line)\n"), "\(line) is not in\n\(text)")
    }
    group.shutdown()
  }

  @Test func `no label and no sentence breaks out of its line`() async {
    let lines = await Self.lines(of: "odd") { registry in
      let family = MetricFamily("odd", help: "A \"b\" \\ c\nd", kind: .gauge, labels: ["text"])
      registry.collect { loop, samples in samples.add(0.5, to: family, ["\"x\" \\ y\nz"]) }
    }
    #expect(
      lines == [
        #"# HELP odd A "b" \\ c\nd"#, "# TYPE odd gauge", #"odd{text="\"x\" \\ y\nz"} 1.5"#,
      ])
  }

  @Test func `OpenMetrics announces counters by their family, and ends`() async {
    let lines = await Self.lines(of: "made", .openMetrics) { registry in
      _ = registry.register(MetricFamily("made", help: "A \"b\".", kind: .counter))
    }
    #expect(lines == [#"# HELP made A \"b\"."#, "# TYPE made counter", "made_total 0"])
    #expect(MetricsFormat(accept: "application/openmetrics-text; version=1.0.0,text/plain;q=0.5") == .openMetrics)
    #expect(MetricsFormat(accept: "*/*") == .prometheus)
    #expect(MetricsFormat(accept: nil) == .prometheus)
  }

  @Test func `series that never counted may be left out`() async {
    let lines = await Self.lines(of: "codes") { registry in
      let family = MetricFamily("codes", help: "Codes.", kind: .counter, labels: ["code"], omitsZeros: true)
      _ = registry.register(family, series: [["OK"], ["Aborted"]])
      registry.collect { _, samples in samples.add(1, to: family, ["Unknown"]) }
    }
    #expect(lines.dropFirst(2) == ["codes_total{code=\"Unknown\"} 3"])
  }

  /// Loops that counted before a family was registered make room for it.
  @Test func `families may come later`() async {
    let group = EventLoopGroup(count: 1)
    let registry = MetricsRegistry(group: group)
    let first = registry.register(MetricFamily("first", help: "First.", kind: .counter))
    await Task(executorPreference: group.loops[0]) { registry.cells(on: group.loops[0]).add(to: first) }.value
    let family = MetricFamily("second", help: "Second.", kind: .counter, labels: ["a"])
    let second = registry.register(family, series: [["1"]])
    let more = registry.register(family, series: [["2"]])
    await Task(executorPreference: group.loops[0]) {
      registry.cells(on: group.loops[0]).add(2, to: second)
      registry.cells(on: group.loops[0]).add(3, to: more)
    }.value
    let text = await registry.render()
    for line in ["first_total 1", "second_total{a=\"1\"} 2", "second_total{a=\"2\"} 3"] { #expect(text.contains(line)) }
    #expect(text.components(separatedBy: "# TYPE second_total").count == 2, "announced once")
    group.shutdown()
  }

  @Test func `every loop says how it is doing`() async {
    let lines = await Self.lines(of: "fastshop_loop")
    for index in 0..<3 {
      for name in ["turn_seconds_count", "events_total", "jobs_total", "jobs_waiting", "timers", "lag_seconds"] {
        #expect(lines.contains { $0.hasPrefix("fastshop_loop_\(name){loop=\"\(index)\"} ") }, "\(name) of \(index)")
      }
    }
    let turns = lines.filter { $0.hasPrefix("fastshop_loop_turn_seconds_count") }
    #expect(turns.count == 3 && turns.allSatisfy { !$0.hasSuffix(" 0") })
  }
}
