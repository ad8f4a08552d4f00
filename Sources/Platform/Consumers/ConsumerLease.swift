/// How soon another process takes over a consumer whose process has died. All processes have the same one.
package struct ConsumerLease: Sendable {
  /// A process that runs a consumer keeps it for so long after its last sign of life.
  package var duration: Duration = .seconds(4)
  /// A process that runs a consumer shows that it lives at least this often, and others look whether it does.
  package var lookInterval: Duration = .seconds(1)

  /// The usual one.
  package init() {}
}
