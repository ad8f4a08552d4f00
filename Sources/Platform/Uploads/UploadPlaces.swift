internal import Synchronization

/// The uploads that are under way on all loops of a server. An upload that finds no place is refused, and sent again
/// later.
package final class UploadPlaces: Sendable {
  /// Uploads at once: each has a file on the disk.
  package static let countMax = 32
  /// The same of one seller, so that one who sends slowly leaves places for others.
  package static let countOfSellerMax = 4
  /// The same of one account.
  package static let countOfAccountMax = 2
  /// The same of all accounts together. Everybody can have any number of accounts, and sellers need places, too.
  package static let countOfAccountsMax = 8

  private struct Counts {
    var all = 0
    var ofAccounts = 0
    var ofHolder: [UploadHolder: Int] = [:]
  }

  private let counts = Mutex(Counts())

  /// No upload yet.
  package init() {}

  /// Whether there is a place for another upload of that holder, which is then under way.
  package func begin(for holder: UploadHolder) -> Bool {
    counts.withLock { counts in
      let own = counts.ofHolder[holder] ?? 0
      guard counts.all < Self.countMax, own < Self.most(of: holder) else { return false }
      if case .account = holder {
        guard counts.ofAccounts < Self.countOfAccountsMax else { return false }
        counts.ofAccounts += 1
      }
      counts.all += 1
      counts.ofHolder[holder] = own + 1
      return true
    }
  }

  private static func most(of holder: UploadHolder) -> Int {
    switch holder {
    case .seller: countOfSellerMax
    case .account: countOfAccountMax
    }
  }

  /// One of that holder has ended.
  package func end(for holder: UploadHolder) {
    counts.withLock { counts in
      counts.all -= 1
      if case .account = holder { counts.ofAccounts -= 1 }
      let own = (counts.ofHolder[holder] ?? 0) - 1
      counts.ofHolder[holder] = own > 0 ? own : nil
    }
  }
}
