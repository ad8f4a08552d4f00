import EventLoop
import Logging
import Platform
import Postgres
import Synchronization

/// Sends the heads of the audit log to places outside of the database, whenever entries were written, and sets the
/// boundary of entries without a MAC once. Every server does it; that others do it too is harmless.
final class AuditHeadsSender: Sendable {
  private static let pauseAfterFailure: Duration = .seconds(60)
  /// It looks so often whether servers of an earlier release have ended.
  private static let boundaryInterval: Duration = .seconds(30)
  /// The time that a stop waits for the last record to be sent.
  private static let farewell: Duration = .seconds(3)

  private let loop: EventLoop
  private let targets: [any AuditHeadsTarget]
  private let interval: Duration
  private let log = Logger(label: "fastshop.audit")
  /// The heads that each target has.
  private let sent: Mutex<[AuditHeads?]>
  private let sending: LoopTask
  private let boundarySetting: LoopTask
  private let lastSending: LoopTask

  /// A sender that uses the database connections of `loop`.
  init(loop: EventLoop, _ settings: AuditSettings, node: String) {
    self.loop = loop
    var targets: [any AuditHeadsTarget] = settings.isLogged ? [AuditHeadsLog()] : []
    if let file = settings.file { targets.append(AuditHeadsFile(path: file, node: node)) }
    if let store = settings.store { targets.append(AuditHeadsStore(store, node: node, on: loop)) }
    self.targets = targets
    interval = .seconds(settings.minutes * 60)
    sending = LoopTask(on: loop)
    boundarySetting = LoopTask(on: loop)
    lastSending = LoopTask(on: loop)
    sent = Mutex(Array(repeating: nil, count: targets.count))
  }

  /// Does it from now on.
  func start() {
    sending.start { [self] in await send() }
    boundarySetting.start { [self] in await setBoundary() }
  }

  /// Ends it; with `sendingLast`, after what was audited last has gone out, if that can be at once.
  func stop(sendingLast: Bool) async {
    await sending.stop()
    await boundarySetting.stop()
    guard sendingLast else { return }
    lastSending.start { [self] in _ = await sendOnce() }
    await lastSending.stop(within: Self.farewell)
  }

  private func send() async {
    while !Task.isCancelled {
      let isDone = await sendOnce()
      try? await loop.sleep(for: isDone ? interval : min(interval, Self.pauseAfterFailure))
    }
  }

  /// Sends the current heads to the targets that lack them. Returns whether all have them.
  private func sendOnce() async -> Bool {
    guard let keys = loop.vault?.auditKeys, var heads = await present() else { return false }
    heads.intervalSeconds = UInt32(clamping: interval.components.seconds)
    if heads.isEmpty { return true }
    var isDone = true
    for (index, target) in targets.enumerated() where !heads.hasSameContent(as: sent.withLock { $0[index] }) {
      do {
        try await target.send(heads, keys)
        sent.withLock { $0[index] = heads }
      } catch {
        isDone = false
        log.error(
          "the heads of the audit log were not exported", metadata: ["to": "\(target.name)", "reason": "\(error)"])
      }
    }
    return isDone
  }

  private func present() async -> AuditHeads? {
    do {
      guard let database = loop.database else { return nil }
      if let heads = try await AuditHeads.read(database, at: .now) { return heads }
      log.error("the audit log lacks chains: verify it")
    } catch {
      log.warning("the heads of the audit log cannot be read", metadata: ["reason": "\(error)"])
    }
    return nil
  }

  private func setBoundary() async {
    var waited = Duration.zero
    while !Task.isCancelled {
      do {
        if try await isBoundarySet(isSettled: waited >= AuditBoundary.settling) { return }
      } catch {
        if Task.isCancelled { return }
        log.warning("the boundary of the audit log could not be set", metadata: ["reason": "\(error)"])
      }
      try? await loop.sleep(for: Self.boundaryInterval)
      waited += Self.boundaryInterval
    }
  }

  /// Sets it, if it is time. Returns whether there is nothing more to do.
  private func isBoundarySet(isSettled: Bool) async throws -> Bool {
    guard let database = loop.database, let keys = loop.vault?.auditKeys else { return false }
    switch try await AuditBoundary.set(database, keys, at: .now, isSettled: isSettled) {
    case .isThere: break
    case .isSet: log.notice("from now on every entry of the audit log needs a MAC")
    case .isMissing: log.error("the boundary of the audit log was removed: verify it")
    case .isTooEarly: return false
    }
    return true
  }
}
